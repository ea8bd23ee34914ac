"""The rules of the API that no schema can say, as hooks of Schemathesis.

What keeps to the schemas of the API's description is to be accepted. Where a rule lies beyond them, either requests
are made to keep it too, or its refusal is let pass: that very one, and only where it is deserved.
"""

import itertools
import re
import uuid
from collections import defaultdict
from datetime import UTC, datetime

import schemathesis
from hypothesis import strategies as st
from schemathesis import GenerationMode

# Plain URLs, and less plain ones as the WHATWG standard has them. Their hosts do not exist and lie below a name that
# is reserved for examples, so that nobody is sent anything.
_LABEL = r"[a-z0-9]([a-z0-9_-]{0,8}[a-z0-9])?"
_URL = (
    rf"(https|HTTPS|Https)://({_LABEL}\.){{1,4}}(example\.com|EXAMPLE\.Com)\.?(:[1-9][0-9]{{0,3}})?"
    r"(/[A-Za-z0-9._~%!$&'()*+,;=:@ äé{}|\\^`\[\]-]{0,12}){0,3}(\?[A-Za-z0-9=&/?%ü-]{0,12})?"
)
schemathesis.openapi.format("url", st.from_regex(_URL, fullmatch=True))

_NOW = datetime.now(UTC)
_TIMES = ("created_after", "created_before", "date_from", "date_to", "since", "starts_at", "until")

_numbers = itertools.count(1)
# By listing: what its pages named as the next one.
_next_cursors = defaultdict(list)
# Deliveries that have come to their end, with their webhooks, and webhooks that were deleted.
_over = {}
_deleted = set()


# What was learned of the server.


@schemathesis.hook
def after_call(context, case, response):
    """Notes what later requests refer to."""
    if response.status_code != 200 or case.method != case.operation.method.upper():
        return
    match _operation_id(case):
        case "deliveries_list" | "events_list" as listing:
            page = response.json()
            _next_cursors[listing].extend(filter(None, [page["next_cursor"]]))
            _note_what_is_over(page.get("deliveries", []))
        case "deliveries_get":
            _note_what_is_over([response.json()])
        case "webhooks_delete":
            _deleted.add(response.json()["id"])
            for delivery in [delivery for delivery, webhook in _over.items() if webhook in _deleted]:
                del _over[delivery]


def _note_what_is_over(deliveries):
    for delivery in deliveries:
        if delivery["status"] in ("delivered", "failed", "cancelled") and delivery["webhook_id"] not in _deleted:
            _over[delivery["id"]] = delivery["webhook_id"]


# Rules that requests are made to keep.


@schemathesis.hook
def before_call(context, case, kwargs):
    """Makes a request that keeps to the schemas keep the other rules too, where that leaves it its variety."""
    if case.meta and case.meta.generation.mode is not GenerationMode.POSITIVE:
        return
    # Requests share their parts with others: they are not changed, but put in the place of.
    if "Idempotency-Key" in (case.headers or {}):
        # A key stands for one request.
        key = f"{next(_numbers)}/{case.headers['Idempotency-Key']}"[:255]
        case.headers = {**case.headers, "Idempotency-Key": key}
    _ADJUSTMENTS.get(_operation_id(case), lambda case: None)(case)


def _hand_back_a_cursor(case):
    """A cursor is the `next_cursor` of an earlier page of the same listing. While there is none, none is sent."""
    if "cursor" in (case.query or {}):
        known = _next_cursors[_operation_id(case)]
        others = {name: value for name, value in case.query.items() if name != "cursor"}
        case.query = {**others, "cursor": known[next(_numbers) % len(known)]} if known else others


def _retry_what_is_over(case):
    """Only a delivery that has come to its end can be retried, while its webhook is there."""
    if _over:
        case.path_parameters = {"id": list(_over)[next(_numbers) % len(_over)]}


def _book_someone_else(case):
    """A human's bookings do not overlap."""
    case.body = {**case.body, "human_id": str(uuid.UUID(int=next(_numbers)))}


def _send_elsewhere(case):
    """Each URL is registered once, and the host of the description's example may be somebody's."""
    if "url" in case.body:
        url = case.body["url"].replace("//your-agent.com/", "//your-agent.example.com/")
        case.body = {**case.body, "url": url.replace("://", f"://{next(_numbers)}.", 1)}


def _enable_what_is_held(case):
    """`held` comes with `"active": true` only."""
    _send_elsewhere(case)
    if "held" in case.body:
        case.body = {**case.body, "active": True}


def _look_back(case):
    """`since` is in the past, and before `until`."""
    since = _moment(case.body["since"])
    until = _moment(case.body["until"]) if case.body.get("until") else _NOW
    if since and until and since >= min(until, _NOW):
        case.body = {**case.body, "since": "0000-01-01T00:00:00Z"}


_ADJUSTMENTS = {
    "bookings_confirm": _book_someone_else,
    "deliveries_list": _hand_back_a_cursor,
    "deliveries_retry": _retry_what_is_over,
    "events_list": _hand_back_a_cursor,
    "webhooks_register": _send_elsewhere,
    "webhooks_replay": _look_back,
    "webhooks_update": _enable_what_is_held,
}


# Refusals that are deserved.


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Keeps every failure but a deserved refusal of what keeps to the schemas."""
    if "positive_data_acceptance" not in failure.checks or response.status_code != 422:
        return True
    message = response.json()["error"]["message"]
    refusals = _REFUSALS["every operation"] | _REFUSALS.get(_operation_id(case), {})
    return not any(re.match(beginning, message) and deserved(case) for beginning, deserved in refusals.items())


def _has_time_out_of_years(case):
    """A time's offset leads out of the years 0000 to 9999."""
    body = case.body if isinstance(case.body, dict) else {}
    named = {**(case.query or {}), **body}
    return any(_moment(named[name]) is None for name in _TIMES if named.get(name))


def _ends_after_9999(case):
    """A booking ends within the year 9999, its last day's length before it is out of danger."""
    starts_at = _moment(case.body["starts_at"])
    return starts_at is None or (starts_at.year, starts_at.month, starts_at.day) >= (9999, 12, 30)


def _has_unusual_url(case):
    """Which hosts may be reached is beyond any pattern. Plain URLs are known to be accepted."""
    return not re.fullmatch(_URL, case.body["url"])


def _is_not_known_to_be_over(case):
    """Whether a delivery can be retried depends on what became of it and its webhook."""
    return case.path_parameters["id"] not in _over


# By operation: how a refusal begins, and whether a request deserves it.
_REFUSALS = {
    "every operation": {r"\w+: must be an RFC 3339 time": _has_time_out_of_years},
    "bookings_confirm": {r"starts_at: must lie so that the booking ends within the year 9999": _ends_after_9999},
    "deliveries_retry": {r"the delivery('s webhook was deleted| is still )": _is_not_known_to_be_over},
    "webhooks_register": {r"url: ": _has_unusual_url},
    "webhooks_update": {r"url: ": _has_unusual_url},
}


def _operation_id(case):
    return case.operation.definition.raw["operationId"]


def _moment(text):
    """The moment of a time or date, or `None` where Python's years, 1 to 9999, do not hold it."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (OverflowError, ValueError):
        return None
