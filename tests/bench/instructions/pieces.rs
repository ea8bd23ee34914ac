//! The pieces, as they are used: the same as in `domain/benches`.

use anyhow::Context;
use clap::ValueEnum;
use serde_json::value::RawValue;
use slotflow_domain::booking::{
    AttendeeEmail, AttendeeName, Booking, BookingRequest, DurationMinutes, Metadata, TimeSlot,
};
use slotflow_domain::delivery::{
    AttemptNumber, Claim, ClaimToken, ClaimedDelivery, Draw, LeaseDuration, Progress, RetryPolicy,
    Settlement, Verdict,
};
use slotflow_domain::event::{EventType, Payload, Sequence};
use slotflow_domain::signing::{SigningSecret, sign};
use slotflow_domain::webhook::{UrlRules, WebhookStanding, WebhookUrl};
use slotflow_domain::{BookingId, DeliveryId, EventId, HumanId, OrganizationId, Timestamp, WebhookId};
use std::hint::black_box;
use std::time::Duration;
use uuid::Uuid;

/// A payload of the usual size then has about 800 bytes.
const NOTES: usize = 420;
/// Of no meaning but that it is a valid one.
const ID: Uuid = Uuid::from_u128(0x01a2_095e_2ca1_74bb_b8b8_b217_1136_51cb);
const URL: &str = "HTTPS://Hooks.Acme-Scheduling.com:443/a/../webhooks/slotflow?team=sales&region=eu";

/// Something whose cost should not grow unnoticed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Piece {
    Url,
    UrlFromStore,
    Metadata,
    Payload,
    Signing,
    Request,
    ClaimAndSettle,
}

impl Piece {
    pub(super) const ALL: [Self; 7] = [
        Self::Url,
        Self::UrlFromStore,
        Self::Metadata,
        Self::Payload,
        Self::Signing,
        Self::Request,
        Self::ClaimAndSettle,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Url => "a URL: parsed, judged and made canonical",
            Self::UrlFromStore => "a URL: read from the store",
            Self::Metadata => "metadata of 470 bytes: checked",
            Self::Payload => "an event's payload of 790 bytes: made",
            Self::Signing => "that payload: signed with one secret, both signatures",
            Self::Request => "a whole request: signed, with its headers",
            Self::ClaimAndSettle => "a delivery: claimed, failed, waiting for its retry",
        }
    }

    /// As this program names it to itself.
    pub(super) const fn flag(self) -> &'static str {
        match self {
            Self::Url => "url",
            Self::UrlFromStore => "url-from-store",
            Self::Metadata => "metadata",
            Self::Payload => "payload",
            Self::Signing => "signing",
            Self::Request => "request",
            Self::ClaimAndSettle => "claim-and-settle",
        }
    }

    /// Does it so often.
    pub(super) fn run(self, times: usize) -> anyhow::Result<()> {
        let now = Timestamp::parse_rfc3339("2026-03-10T14:05:00.000Z")?;
        match self {
            Self::Url => {
                let rules = UrlRules::strict();
                repeat(times, || WebhookUrl::parse(black_box(URL), &rules));
            }
            Self::UrlFromStore => repeat(times, || WebhookUrl::from_stored(black_box(URL))),
            Self::Metadata => {
                let metadata = metadata()?;
                repeat(times, || Metadata::parse(Some(black_box(&metadata))));
            }
            Self::Payload => {
                let booking = booking(now)?;
                repeat(times, || {
                    Payload::of_booking(&EventType::BOOKING_CONFIRMED, black_box(&booking), now)
                });
            }
            Self::Signing => {
                let delivery = delivery(now)?;
                let (secrets, body) = (&delivery.secrets, delivery.payload.as_bytes());
                repeat(times, || sign(black_box(secrets), EventId::new(ID), now, body));
            }
            Self::Request => {
                let delivery = delivery(now)?;
                repeat(times, || black_box(&delivery).request(now));
            }
            Self::ClaimAndSettle => claim_and_settle(times, now),
        }
        Ok(())
    }
}

fn repeat<T>(times: usize, mut piece: impl FnMut() -> T) {
    for _ in 0..times {
        black_box(piece());
    }
}

fn claim_and_settle(times: usize, now: Timestamp) {
    let (policy, standing) = (RetryPolicy::default(), WebhookStanding::Active);
    let token = ClaimToken::new(ID);
    let lease = LeaseDuration::for_timeout(Duration::from_secs(10)).begin(token, now);
    let waiting = Progress::first(standing, now);
    repeat(times, || {
        let Claim::Granted(claimed) = black_box(waiting).claim(now, lease, standing, &policy, Draw::LOWEST)
        else {
            return Ok(waiting);
        };
        let settlement =
            Settlement::of(claimed.next_attempt(), Verdict::Rejected, now, &policy, Draw::LOWEST);
        claimed.settle(token, settlement, standing)
    });
}

fn metadata() -> anyhow::Result<Box<RawValue>> {
    let notes = "n".repeat(NOTES);
    let text = format!(r#"{{"lead_id":"lead_8294","source":"website","notes":"{notes}"}}"#);
    RawValue::from_string(text).context("metadata")
}

fn booking(now: Timestamp) -> anyhow::Result<Booking> {
    let request = BookingRequest {
        human_id: HumanId::new(ID),
        slot: TimeSlot::new(now, DurationMinutes::new(30)?)?,
        attendee_name: AttendeeName::parse("Alex Rivera")?,
        attendee_email: Some(AttendeeEmail::parse("alex@startup.io")?),
        metadata: Metadata::parse(Some(&*metadata()?))?,
    };
    Ok(Booking::confirm(BookingId::new(ID), OrganizationId::new(ID), request, &[], now)?)
}

fn delivery(now: Timestamp) -> anyhow::Result<ClaimedDelivery> {
    Ok(ClaimedDelivery {
        id: DeliveryId::new(ID),
        organization_id: OrganizationId::new(ID),
        webhook_id: WebhookId::new(ID),
        lease: LeaseDuration::for_timeout(Duration::from_secs(10)).begin(ClaimToken::new(ID), now),
        attempt: AttemptNumber::FIRST,
        url: WebhookUrl::parse(URL, &UrlRules::strict())?,
        secrets: vec![SigningSecret::from_random([7; 32])],
        event_id: EventId::new(ID),
        event_type: EventType::BOOKING_CONFIRMED,
        sequence: Sequence(1),
        payload: Payload::of_booking(&EventType::BOOKING_CONFIRMED, &booking(now)?, now),
        trace_context: None,
    })
}
