//! A client that sends a booking again under the same idempotency key, whatever it heard of it.

use super::client::Client;
use super::counters::Sometimes;
use super::fleet::{Fleet, Instance};
use super::ledger::{Answer, Done, Wish};
use super::timeline::{MINUTE, SECOND};
use slotflow_application::bookings::ConfirmBookingError;
use slotflow_application::bookings::Confirmation;
use slotflow_application::idempotency::{KeyedRequest, Once, Rendered};
use slotflow_application::ports::StoreError;
use slotflow_domain::booking::{Booking, BookingRequest};
use slotflow_domain::idempotency::{Answer as KeptAnswer, AnswerBody, IdempotencyKey, RequestDigest};
use slotflow_domain::{BookingId, OrganizationId};
use uuid::Uuid;

/// How often a request is sent.
const TIMES: u64 = 3;

/// Sends one booking several times, to whichever process is alive: at once, soon and later. All of them are
/// one wish, so that the ledger's check of bookings holds for them together.
pub(super) fn book_repeatedly(
    client: &Client,
    fleet: &Fleet,
    organization_id: OrganizationId,
    name: &str,
    request: &BookingRequest,
) {
    let Ok(key) = IdempotencyKey::parse(name.replace(' ', "-").as_bytes()) else { return };
    let digest = RequestDigest::of("POST", "/v1/bookings", None, name.as_bytes());
    let keyed = KeyedRequest { organization_id, key, digest };
    for time in 0..TIMES {
        let delay = match time {
            0 => 0,
            1 => client.chance(2 * SECOND),
            _ => client.chance(20 * MINUTE),
        };
        let (client, fleet, keyed) = (client.clone(), fleet.clone(), keyed.clone());
        let (name, request) = (name.to_owned(), request.clone());
        tokio::spawn(async move {
            client.world.timeline().sleep(delay).await;
            let Some(instance) = fleet.any() else { return };
            let client = Client { instance, ..client };
            let place = client.note(Wish::Book { organization_id, name });
            let once = book(&client.instance, &keyed, request).await;
            let answer = heard(&client, once);
            client.answered(place, answer);
        });
    }
}

async fn book(
    instance: &Instance,
    keyed: &KeyedRequest,
    request: BookingRequest,
) -> Result<Once<KeptAnswer>, StoreError> {
    let change = instance.bookings.prepare_booking(Confirmation {
        organization_id: keyed.organization_id,
        request,
        trace_context: None,
    });
    instance.idempotency.run(keyed, change, render).await
}

/// As the API does it: a status, and the booking as bytes.
fn render(outcome: Result<Booking, ConfirmBookingError>) -> Rendered<KeptAnswer> {
    let (status, body) = match outcome {
        Ok(booking) => (201, booking.id.as_uuid().as_bytes().to_vec()),
        Err(ConfirmBookingError::SlotUnavailable(_)) => (409, Vec::new()),
        Err(ConfirmBookingError::Store(_)) => (503, Vec::new()),
    };
    let answer = KeptAnswer { status, body: AnswerBody::Bytes(body) };
    Rendered { response: answer.clone(), answer }
}

fn heard(client: &Client, once: Result<Once<KeptAnswer>, StoreError>) -> Answer {
    let answer = match once {
        Ok(Once::Now(answer)) => answer,
        Ok(Once::Before(answer)) => {
            client.world.sometimes(Sometimes::AnsweredAgain);
            answer
        }
        Ok(Once::Conflict) => {
            let what = "S11: a repeated request was taken for another one";
            client.world.state().violation(what.to_owned());
            return Answer::Refused;
        }
        Err(_) => return Answer::Unknown,
    };
    match (answer.status, answer.body) {
        (201, AnswerBody::Bytes(id)) => match Uuid::from_slice(&id) {
            Ok(id) => Answer::Acknowledged(Done::Booking(BookingId::new(id))),
            Err(_) => Answer::Unknown,
        },
        (409, _) => Answer::Refused,
        _ => Answer::Unknown,
    }
}
