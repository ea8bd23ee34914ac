// Receives Slotflow webhooks. Run: npm install express standardwebhooks && node server.js
const express = require("express");
const { Webhook } = require("standardwebhooks");

const webhook = new Webhook(process.env.SLOTFLOW_WEBHOOK_SECRET);
const seen = new Set(); // In production: a unique column in your database.
const app = express();

// The signature covers the bytes as they came, so nothing may parse the body before it is verified.
app.post("/webhooks/slotflow", express.raw({ type: "application/json", limit: "256kb" }), (req, res) => {
  let payload;
  try {
    payload = webhook.verify(req.body, req.headers);
  } catch {
    return res.sendStatus(401);
  }

  // Every attempt at one event carries the same id; what is known already only needs its 2xx.
  const id = req.get("webhook-id");
  if (seen.has(id)) return res.sendStatus(200);
  seen.add(id);

  const { event, data } = payload;
  const attempt = Number(req.get("x-slotflow-attempt"));
  switch (event) {
    case "booking.confirmed": // Start your follow-up here: update the CRM, notify the team.
    case "booking.cancelled": // Undo it here: free the lead for another try.
      console.log(JSON.stringify({ event, booking_id: data.id, attempt, metadata: data.metadata }));
      break;
    default: // A test or a newer event: nothing to do, and no reason to be sent it again.
  }
  res.sendStatus(200); // Answer at once; leave work that takes seconds to a queue of yours.
});

app.listen(Number(process.env.PORT ?? 3000), () => console.error("ready"));
