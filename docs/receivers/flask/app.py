"""Receives Slotflow webhooks. Run: pip install flask standardwebhooks && python app.py"""

import json
import os

from flask import Flask, request
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

app = Flask(__name__)
webhook = Webhook(os.environ["SLOTFLOW_WEBHOOK_SECRET"])
seen = set()  # In production: a unique column in your database.


def log(payload, attempt):
    line = {"event": payload["event"], "booking_id": payload["data"]["id"], "attempt": int(attempt)}
    print(json.dumps(line | {"metadata": payload["data"]["metadata"]}), flush=True)


@app.post("/webhooks/slotflow")
def receive():
    try:  # The signature covers the bytes as they came: verify them before anything parses them.
        payload = webhook.verify(request.get_data(), dict(request.headers))
    except (WebhookVerificationError, ValueError):
        return "", 401
    # Every attempt at one event carries the same id; what is known already only needs its 2xx.
    if request.headers["webhook-id"] in seen:
        return "", 200
    seen.add(request.headers["webhook-id"])

    if payload["event"] == "booking.confirmed":
        log(payload, request.headers["x-slotflow-attempt"])  # And start your follow-up.
    elif payload["event"] == "booking.cancelled":
        log(payload, request.headers["x-slotflow-attempt"])  # And undo it.
    return "", 200  # Answer at once; leave work that takes seconds to a queue of yours.


if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", 3000)))
