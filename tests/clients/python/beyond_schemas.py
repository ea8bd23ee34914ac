"""The rules of the API that its description cannot say in schemas, as hooks of Schemathesis.

Requests that keep to the schemas are to be accepted. Where a rule lies beyond them, either such requests are made to
keep it too, or the refusal is let pass, if it is the one that the rule asks for and the request does break the rule.
"""

import re
from collections import defaultdict
from datetime import UTC, datetime

import schemathesis
from hypothesis import strategies as st
from schemathesis import GenerationMode

# Hosts of which DNS tells that there are none, below a name that is reserved for documents, so that nobody is sent
# anything. The rest is as varied as the WHATWG standard has it.
_LABEL = r"[a-z0-9]([a-z0-9_-]{0,8}[a-z0-9])?"
_URL = (
    rf"(https|HTTPS|Https)://({_LABEL}\.){{1,3}}(example\.com|EXAMPLE\.Com)\.?(:[1-9][0-9]{{0,3}})?"
    r"(/[A-Za-z0-9._~%!$&'()*+,;=:@ äé{}|\\^`\[\]-]{0,12}){0,3}(\?[A-Za-z0-9=&/?%ü-]{0,12})?[/a-z]?"
)
schemathesis.openapi.format("url", st.from_regex(_URL, fullmatch=True))

_LISTINGS = ("deliveries_list", "events_list")
# By listing: what its pages named as the next one.
_next_cursors = defaultdict(list)


@schemathesis.hook
def after_call(context, case, response):
    """Notes where pages go on."""
    if _operation_id(case) in _LISTINGS and case.method == "GET" and response.status_code == 200:
        cursor = response.json()["next_cursor"]
        if cursor:
            _next_cursors[_operation_id(case)].append(cursor)


@schemathesis.hook
def map_case(context, case):
    """Makes what keeps to the schemas keep the other rules too, where that takes nothing else away."""
    if case.meta and case.meta.generation.mode is GenerationMode.POSITIVE:
        adjust = _ADJUSTMENTS.get(_operation_id(case))
        if adjust:
            adjust(case)
    return case


def _hand_back_a_cursor(case):
    """A cursor is the `next_cursor` of an earlier page of the same listing. While there is none, none is sent."""
    if "cursor" in (case.query or {}):
        known = _next_cursors[_operation_id(case)]
        if known:
            case.query["cursor"] = known[len(case.query["cursor"]) % len(known)]
        else:
            del case.query["cursor"]


def _enable_what_is_held(case):
    """`held` comes with `"active": true` only."""
    if "held" in case.body:
        case.body["active"] = True


def _look_back(case):
    """`since` is in the past, and before `until`."""
    until = _moment(case.body.get("until") or _NOW)
    since = _moment(case.body["since"])
    if since and until and since >= min(until, _moment(_NOW)):
        case.body["since"] = "0000-01-01T00:00:00Z"


_ADJUSTMENTS = {
    "deliveries_list": _hand_back_a_cursor,
    "events_list": _hand_back_a_cursor,
    "webhooks_replay": _look_back,
    "webhooks_update": _enable_what_is_held,
}


def _operation_id(case):
    return case.operation.definition.raw["operationId"]


_NOW = datetime.now(UTC).isoformat()


def _moment(text):
    """The moment of an RFC 3339 time, or `None` if its offset leads out of the years that there are."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def _has_time_out_of_years(case):
    """A time's offset leads out of the years 0000 to 9999."""
    body = case.body if isinstance(case.body, dict) else {}
    texts = [text for name, text in {**(case.query or {}), **body}.items() if name in _TIMES and text]
    return any(_moment(text) is None for text in texts)


def _ends_after_9999(case):
    """The year 9999 is the last."""
    starts_at = _moment(case.body["starts_at"])
    return starts_at is None or starts_at.year == 9999


def _has_unusual_url(case):
    """Whether a host can be reached is beyond any pattern: only of plain URLs is it known that they are accepted."""
    return not re.fullmatch(_URL, case.body["url"])


def _is_not_over(case):
    """Whether a delivery can be repeated is a matter of what is stored."""
    return True


_TIMES = ("created_after", "created_before", "date_from", "date_to", "since", "starts_at", "until")

# By operation: the beginning of a refusal, and whether a request deserves it.
_REFUSALS = {
    "bookings_confirm": {"starts_at: must lie so that the booking ends within the year 9999": _ends_after_9999},
    "deliveries_retry": {"the delivery is still ": _is_not_over, "the delivery's webhook was deleted;": _is_not_over},
    "webhooks_register": {"url: ": _has_unusual_url},
    "webhooks_update": {"url: ": _has_unusual_url},
}


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Keeps every failure but a deserved refusal of what keeps to the schemas."""
    if "positive_data_acceptance" not in failure.checks or response.status_code != 422:
        return True
    message = response.json()["error"]["message"]
    if ": must be an RFC 3339 time" in message:
        return not _has_time_out_of_years(case)
    refusals = _REFUSALS.get(_operation_id(case), {})
    return not any(message.startswith(beginning) and deserved(case) for beginning, deserved in refusals.items())
