"""Drives a running server with the published Python client, synchronous and asynchronous.

Each thing the client can do with webhooks and bookings is done, and each error it knows is provoked.
Prints `ok <n> checks`, or says what was wrong first and ends with status 1.
"""

import argparse
import asyncio
import inspect
import re
import sys
import uuid

import slotflow

INSTANT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
BOTH = ["booking.confirmed", "booking.cancelled"]
WEBHOOK_MEMBERS = {"id", "url", "events", "signing_secret", "active", "created_at"}
BOOKING_MEMBERS = {
    "id", "human_id", "starts_at", "ends_at", "duration_minutes", "attendee_name", "attendee_email",
    "status", "metadata", "created_at",
}

checks = 0


class Wrong(Exception):
    """The first thing that is not as the API promises."""


def check(holds, what):
    global checks
    if not holds:
        raise Wrong(what)
    checks += 1


def equal(actual, expected, what):
    check(actual == expected, f"{what}: expected {expected!r}, not {actual!r}")


async def settled(result):
    """What a call gave, whether its client is synchronous or asynchronous."""
    return await result if inspect.isawaitable(result) else result


async def refused(error, code, call, what, names=None):
    """Checks that the call raises this error with this code, and a message that `names` the culprit."""
    try:
        answer = await settled(call())
    except slotflow.SlotflowError as caught:
        check(type(caught) is error, f"{what}: {error.__name__}, not {type(caught).__name__}: {caught}")
        equal(caught.code, code, f"{what}: code")
        check(isinstance(caught.message, str) and caught.message, f"{what}: no message")
        equal(set(caught.body), {"error"}, f"{what}: members of the body")
        equal(set(caught.body["error"]), {"code", "message", "status"}, f"{what}: members of the error")
        equal(caught.body["error"]["status"], caught.status_code, f"{what}: status within the body")
        if names is not None:
            check(names in caught.message, f"{what}: the message does not name {names}: {caught.message}")
    else:
        raise Wrong(f"{what}: {error.__name__} expected, got {answer!r}")


def fresh_url():
    # A port that refuses: what is sent there fails at once and disturbs nobody.
    return f"http://127.0.0.1:9/webhooks/{uuid.uuid4()}"


async def webhooks_are_registered_listed_and_deleted(client, other):
    url = fresh_url()
    made = await settled(client.webhooks.create(url=url, events=BOTH))
    check(WEBHOOK_MEMBERS <= set(made), f"a webhook lacks {WEBHOOK_MEMBERS - set(made)}")
    equal(made["url"], url, "url of a new webhook")
    equal(sorted(made["events"]), sorted(BOTH), "events of a new webhook")
    equal(made["active"], True, "active of a new webhook")
    check(made["signing_secret"].startswith("whsec_"), "a signing secret starts with whsec_")
    check(INSTANT.match(made["created_at"]), f"created_at is {made['created_at']}")
    second = await settled(client.webhooks.create(url=fresh_url(), events=BOTH[:1]))
    equal(second["events"], BOTH[:1], "events of a webhook for one event")
    check(second["signing_secret"] != made["signing_secret"], "two webhooks share a secret")

    listed = await settled(client.webhooks.list())
    equal(set(listed), {"webhooks", "total"}, "members of the list")
    equal(listed["total"], len(listed["webhooks"]), "total of the list")
    equal([webhook["id"] for webhook in listed["webhooks"]], [made["id"], second["id"]], "oldest first")
    equal((await settled(other.webhooks.list()))["total"], 0, "another organization's list")

    conflict, missing = slotflow.ConflictError, slotflow.NotFoundError
    for same in (url, url.replace("http://", "HTTP://"), url.replace("/webhooks/", "/a/../webhooks/")):
        call = lambda: client.webhooks.create(url=same, events=BOTH)
        await refused(conflict, "DUPLICATE_WEBHOOK", call, same)
    same = await settled(other.webhooks.create(url=url, events=BOTH))
    equal(await settled(other.webhooks.delete(same["id"])), {"deleted": True, "id": same["id"]}, "delete")

    await refused(missing, "NOT_FOUND", lambda: other.webhooks.delete(made["id"]), "another's webhook")
    await refused(missing, "NOT_FOUND", lambda: client.webhooks.delete(str(uuid.uuid4())), "no webhook")
    for webhook in (made, second):
        gone = await settled(client.webhooks.delete(webhook["id"]))
        equal(gone, {"deleted": True, "id": webhook["id"]}, "delete")
    await refused(missing, "NOT_FOUND", lambda: client.webhooks.delete(made["id"]), "deleted webhook")
    equal(await settled(client.webhooks.list()), {"webhooks": [], "total": 0}, "list after deletion")
    again = await settled(client.webhooks.create(url=url, events=BOTH))
    check(again["id"] != made["id"], "a URL that comes back is a new webhook")
    await settled(client.webhooks.delete(again["id"]))


async def wrong_webhooks_are_refused(client):
    url = fresh_url()
    for wrong, events, names in (
        (url, [], "events"),
        (url, ["booking.moved"], "events"),
        (url, BOTH + BOTH[:1], "events"),
        (url, "booking.confirmed", "events"),
        ("", BOTH, "url"),
        ("receiver", BOTH, "url"),
        ("ftp://127.0.0.1/receiver", BOTH, "url"),
        ("http://user:word@127.0.0.1/receiver", BOTH, "url"),
        (7, BOTH, "url"),
        (None, BOTH, "url"),
    ):
        call = lambda: client.webhooks.create(url=wrong, events=events)
        await refused(slotflow.ValidationError, "VALIDATION_ERROR", call, f"{wrong!r} {events!r}", names)
    equal((await settled(client.webhooks.list()))["total"], 0, "webhooks after refusals")


async def the_free_plan_ends_at_two(free):
    first_url = fresh_url()
    first = await settled(free.webhooks.create(url=first_url, events=BOTH))
    second = await settled(free.webhooks.create(url=fresh_url(), events=BOTH))
    call = lambda: free.webhooks.create(url=fresh_url(), events=BOTH)
    await refused(slotflow.PaymentRequiredError, "LIMIT_REACHED", call, "a third webhook on free")
    call = lambda: free.webhooks.create(url=first_url, events=BOTH)
    await refused(slotflow.ConflictError, "DUPLICATE_WEBHOOK", call, "a duplicate at the limit")
    await settled(free.webhooks.delete(first["id"]))
    third = await settled(free.webhooks.create(url=fresh_url(), events=BOTH))
    for webhook in (second, third):
        await settled(free.webhooks.delete(webhook["id"]))


async def bookings_are_made_listed_and_cancelled(client, other):
    human = str(uuid.uuid4())
    metadata = {"lead_id": "lead_8294", "tags": ["a", {"deep": None}], "score": 0.5, "name": "Zoë"}
    first = await settled(client.bookings.create(
        human_id=human, starts_at="2031-03-10T15:00:00+01:00", duration=30,
        attendee_name="Alex Rivera", attendee_email="alex@startup.io", metadata=metadata,
    ))
    equal(set(first), BOOKING_MEMBERS, "members of a booking")
    expected = {
        "human_id": human, "starts_at": "2031-03-10T14:00:00.000Z", "ends_at": "2031-03-10T14:30:00.000Z",
        "duration_minutes": 30, "attendee_name": "Alex Rivera", "attendee_email": "alex@startup.io",
        "status": "confirmed", "metadata": metadata,
    }
    equal({name: first[name] for name in expected}, expected, "a booking")
    check(INSTANT.match(first["created_at"]), f"created_at is {first['created_at']}")

    book = lambda start, **more: client.bookings.create(
        human_id=human, starts_at=start, duration=30, attendee_name="Bo", **more
    )
    for start in ("2031-03-10T14:00:00Z", "2031-03-10T13:31:00Z", "2031-03-10T14:29:59.999Z"):
        await refused(slotflow.ConflictError, "SLOT_UNAVAILABLE", lambda: book(start), f"slot at {start}")
    second = await settled(book("2031-03-10T14:30:00Z"))
    equal(second["metadata"], {}, "metadata that was not given")
    equal(second["attendee_email"], None, "email that was not given")
    third = await settled(book("2031-03-20T09:00:00Z"))
    elsewhere = await settled(client.bookings.create(
        human_id=str(uuid.uuid4()), starts_at="2031-03-10T14:00:00Z", duration=30, attendee_name="Cy"
    ))

    async def ids(asked=client, **filters):
        listed = await settled(asked.bookings.list(**filters))
        equal(set(listed), {"bookings", "total", "limit", "offset"}, "members of the list")
        return [booking["id"] for booking in listed["bookings"]], listed

    latest_first = [third["id"], second["id"], first["id"]]
    found, listed = await ids(human_id=human)
    equal(found, latest_first, "one human's bookings, latest start first")
    equal((listed["total"], listed["limit"], listed["offset"]), (3, 50, 0), "total, limit and offset")
    equal(listed["bookings"][2], first, "a listed booking")
    found, listed = await ids(human_id=human, limit=1, offset=1)
    equal((found, listed["total"]), ([second["id"]], 3), "the second page of one")
    equal((listed["limit"], listed["offset"]), (1, 1), "limit and offset of that page")
    equal((await ids(human_id=human, date_from="2031-03-12"))[0], [third["id"]], "date_from")
    equal((await ids(human_id=human, date_to="2031-03-12"))[0], latest_first[1:], "date_to")
    found, _ = await ids(human_id=human, date_from="2031-03-09", date_to="2031-03-12")
    equal(found, latest_first[1:], "date_from and date_to")
    equal((await ids(human_id=human, status="cancelled"))[0], [], "none is cancelled yet")
    equal((await ids(other, human_id=human))[0], [], "another organization's view")
    check(elsewhere["id"] in (await ids(limit=100))[0], "a list without filters has all humans")

    missing = slotflow.NotFoundError
    await refused(missing, "NOT_FOUND", lambda: client.bookings.cancel(str(uuid.uuid4())), "no booking")
    await refused(missing, "NOT_FOUND", lambda: other.bookings.cancel(first["id"]), "another's booking")
    for _ in range(2):
        gone = await settled(client.bookings.cancel(first["id"]))
        equal(gone, {"id": first["id"], "status": "cancelled"}, "cancel, however often")
    equal((await ids(human_id=human, status="cancelled"))[0], [first["id"]], "the cancelled ones")
    equal((await ids(human_id=human, status="confirmed"))[0], latest_first[:2], "the confirmed ones")
    again = await settled(book("2031-03-10T14:00:00Z"))
    check(again["id"] != first["id"], "a cancelled slot is free for a new booking")
    for booking in (second, third, elsewhere, again):
        await settled(client.bookings.cancel(booking["id"]))


async def wrong_bookings_are_refused(client):
    human = str(uuid.uuid4())
    good = {
        "human_id": human, "starts_at": "2031-05-01T10:00:00Z", "duration": 30, "attendee_name": "Di",
    }
    for member, wrong in (
        ("human_id", "somebody"), ("human_id", None),
        ("starts_at", "tomorrow"), ("starts_at", "2031-05-01T10:00:00"), ("starts_at", 1),
        ("duration", 0), ("duration", 1441), ("duration", -30), ("duration", "30"), ("duration", 30.5),
        ("attendee_name", ""), ("attendee_name", "x" * 201), ("attendee_name", "a\u0000b"),
        ("attendee_email", 7),
        ("metadata", ["a", "list"]), ("metadata", "text"), ("metadata", {"big": "x" * 65536}),
    ):
        call = lambda: client.bookings.create(**{**good, member: wrong})
        what = f"{member} {str(wrong)[:40]!r}"
        await refused(slotflow.ValidationError, "VALIDATION_ERROR", call, what, member)
    for name, wrong in (
        ("human_id", "somebody"), ("status", "maybe"), ("date_from", "soon"), ("date_to", "late"),
        ("limit", 0), ("limit", 101), ("offset", -1),
    ):
        call = lambda: client.bookings.list(**{name: wrong})
        await refused(slotflow.ValidationError, "VALIDATION_ERROR", call, f"{name}={wrong}", name)
    listed = await settled(client.bookings.list(human_id=human))
    equal(listed["total"], 0, "bookings after refusals")


async def strangers_are_refused(stranger):
    for what, call in (
        ("list webhooks", stranger.webhooks.list),
        ("create a webhook", lambda: stranger.webhooks.create(url=fresh_url(), events=BOTH)),
        ("delete a webhook", lambda: stranger.webhooks.delete(str(uuid.uuid4()))),
        ("list bookings", stranger.bookings.list),
        ("cancel a booking", lambda: stranger.bookings.cancel(str(uuid.uuid4()))),
    ):
        await refused(slotflow.AuthenticationError, "UNAUTHORIZED", call, f"a stranger may not {what}")


async def drive(kind, options):
    clients = [
        kind(key, base_url=options.base_url)
        for key in (options.key, options.other_key, options.free_key, "sk_live_nobody", "nonsense")
    ]
    client, other, free, unknown, malformed = clients
    await strangers_are_refused(unknown)
    await strangers_are_refused(malformed)
    await webhooks_are_registered_listed_and_deleted(client, other)
    await wrong_webhooks_are_refused(client)
    await the_free_plan_ends_at_two(free)
    await bookings_are_made_listed_and_cancelled(client, other)
    await wrong_bookings_are_refused(client)
    for each in clients:
        await settled(each.close())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--key", required=True, help="of an organization on growth, without webhooks")
    parser.add_argument("--other-key", required=True, help="of a second organization, without webhooks")
    parser.add_argument("--free-key", required=True, help="of an organization on free, without webhooks")
    options = parser.parse_args()
    for kind in (slotflow.Slotflow, slotflow.AsyncSlotflow):
        try:
            asyncio.run(drive(kind, options))
        except Wrong as wrong:
            sys.exit(f"wrong, by {kind.__name__} after {checks} checks: {wrong}")
    print(f"ok {checks} checks")


if __name__ == "__main__":
    main()
