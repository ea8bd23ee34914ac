"""Receives Slotflow webhooks. Run: pip install fastapi uvicorn standardwebhooks && python app.py"""

import json
import os

import uvicorn
from fastapi import FastAPI, Request, Response
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

app = FastAPI()
webhook = Webhook(os.environ["SLOTFLOW_WEBHOOK_SECRET"])
seen: set[str] = set()  # In production: a unique column in your database.


def log(payload: dict, attempt: str) -> None:
    line = {"event": payload["event"], "booking_id": payload["data"]["id"], "attempt": int(attempt)}
    print(json.dumps(line | {"metadata": payload["data"]["metadata"]}), flush=True)


@app.post("/webhooks/slotflow")
async def receive(request: Request) -> Response:
    try:  # The signature covers the bytes as they came: take the raw body, not a parsed model.
        payload = webhook.verify(await request.body(), dict(request.headers))
    except (WebhookVerificationError, ValueError):
        return Response(status_code=401)
    # Every attempt at one event carries the same id; what is known already only needs its 2xx.
    if request.headers["webhook-id"] in seen:
        return Response(status_code=200)
    seen.add(request.headers["webhook-id"])

    if payload["event"] == "booking.confirmed":
        log(payload, request.headers["x-slotflow-attempt"])  # And start your follow-up.
    elif payload["event"] == "booking.cancelled":
        log(payload, request.headers["x-slotflow-attempt"])  # And undo it.
    return Response(status_code=200)  # Answer at once; leave slow work to a queue of yours.


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ.get("PORT", 3000)), log_level="warning")
