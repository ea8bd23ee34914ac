//! The pure pieces that every booking or delivery goes through: `cargo bench -p slotflow-domain`.
//!
//! Nothing asserts a time. Counted instructions, which do not vary with what else the machine does, come from
//! `cargo run --release -p slotflow-tests --bin bench -- instructions`.

use criterion::{Criterion, Throughput};
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
use std::error::Error;
use std::hint::black_box;
use std::time::Duration;
use uuid::Uuid;

/// A payload of the usual size then has about 800 bytes.
const NOTES: usize = 420;
/// Of no meaning but that it is a valid one.
const ID: Uuid = Uuid::from_u128(0x01a2_095e_2ca1_74bb_b8b8_b217_1136_51cb);
const URL: &str = "HTTPS://Hooks.Acme-Scheduling.com:443/a/../webhooks/slotflow?team=sales&region=eu";

fn main() -> Result<(), Box<dyn Error>> {
    let mut criterion = Criterion::default().configure_from_args();
    let now = Timestamp::parse_rfc3339("2026-03-10T14:05:00.000Z")?;
    urls(&mut criterion)?;
    payloads(&mut criterion, now)?;
    signing(&mut criterion, now)?;
    states(&mut criterion, now);
    criterion.final_summary();
    Ok(())
}

fn urls(criterion: &mut Criterion) -> Result<(), Box<dyn Error>> {
    let rules = UrlRules::strict();
    criterion.bench_function("url: parse, judge and make canonical", |bencher| {
        bencher.iter(|| WebhookUrl::parse(black_box(URL), &rules));
    });
    criterion.bench_function("url: read from the store", |bencher| {
        bencher.iter(|| WebhookUrl::from_stored(black_box(URL)));
    });
    let url = WebhookUrl::parse(URL, &rules)?;
    criterion.bench_function("url: digest", |bencher| bencher.iter(|| black_box(&url).canonical().digest()));
    Ok(())
}

fn payloads(criterion: &mut Criterion, now: Timestamp) -> Result<(), Box<dyn Error>> {
    let metadata = metadata()?;
    let booking = booking(&metadata, now)?;
    let length = Payload::of_booking(&EventType::BOOKING_CONFIRMED, &booking, now).as_bytes().len();
    let mut group = criterion.benchmark_group("payload");
    group.throughput(Throughput::Bytes(u64::try_from(metadata.get().len())?));
    group.bench_function("check metadata", |bencher| {
        bencher.iter(|| Metadata::parse(Some(black_box(&metadata))));
    });
    group.throughput(Throughput::Bytes(u64::try_from(length)?));
    group.bench_function("make the bytes", |bencher| {
        bencher.iter(|| Payload::of_booking(&EventType::BOOKING_CONFIRMED, black_box(&booking), now));
    });
    group.finish();
    Ok(())
}

fn signing(criterion: &mut Criterion, now: Timestamp) -> Result<(), Box<dyn Error>> {
    let booking = booking(&metadata()?, now)?;
    let payload = Payload::of_booking(&EventType::BOOKING_CONFIRMED, &booking, now);
    let secrets = [SigningSecret::from_random([7; 32]), SigningSecret::from_random([8; 32])];
    let mut group = criterion.benchmark_group("signing");
    group.throughput(Throughput::Bytes(u64::try_from(payload.as_bytes().len())?));
    for (name, count) in [("one secret", 1), ("two secrets", 2)] {
        let secrets = secrets.get(..count).unwrap_or_default();
        group.bench_function(name, |bencher| {
            bencher.iter(|| sign(black_box(secrets), EventId::new(ID), now, payload.as_bytes()));
        });
    }
    let [secret, _] = secrets;
    let delivery = ClaimedDelivery {
        id: DeliveryId::new(ID),
        organization_id: OrganizationId::new(ID),
        webhook_id: WebhookId::new(ID),
        lease: LeaseDuration::for_timeout(Duration::from_secs(10)).begin(ClaimToken::new(ID), now),
        attempt: AttemptNumber::FIRST,
        url: WebhookUrl::parse(URL, &UrlRules::strict())?,
        secrets: vec![secret],
        event_id: EventId::new(ID),
        event_type: EventType::BOOKING_CONFIRMED,
        sequence: Sequence(1),
        payload,
        trace_context: None,
    };
    group.bench_function("a whole request", |bencher| bencher.iter(|| black_box(&delivery).request(now)));
    group.finish();
    Ok(())
}

fn states(criterion: &mut Criterion, now: Timestamp) {
    let (policy, standing) = (RetryPolicy::default(), WebhookStanding::Active);
    let token = ClaimToken::new(ID);
    let lease = LeaseDuration::for_timeout(Duration::from_secs(10)).begin(token, now);
    let waiting = Progress::first(standing, now);
    criterion.bench_function("state: claim, fail and wait for a retry", |bencher| {
        bencher.iter(|| {
            let Claim::Granted(claimed) =
                black_box(waiting).claim(now, lease, standing, &policy, Draw::LOWEST)
            else {
                return Ok(waiting);
            };
            let settlement =
                Settlement::of(claimed.next_attempt(), Verdict::Rejected, now, &policy, Draw::LOWEST);
            claimed.settle(token, settlement, standing)
        });
    });
}

fn metadata() -> serde_json::Result<Box<RawValue>> {
    let notes = "n".repeat(NOTES);
    RawValue::from_string(format!(r#"{{"lead_id":"lead_8294","source":"website","notes":"{notes}"}}"#))
}

fn booking(metadata: &RawValue, now: Timestamp) -> Result<Booking, Box<dyn Error>> {
    let request = BookingRequest {
        human_id: HumanId::new(ID),
        slot: TimeSlot::new(now, DurationMinutes::new(30)?)?,
        attendee_name: AttendeeName::parse("Alex Rivera")?,
        attendee_email: Some(AttendeeEmail::parse("alex@startup.io")?),
        metadata: Metadata::parse(Some(metadata))?,
    };
    Ok(Booking::confirm(BookingId::new(ID), OrganizationId::new(ID), request, &[], now)?)
}
