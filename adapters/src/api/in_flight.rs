//! How much of requests and answers is in memory at once.
//!
//! A body counts from its arrival until its request is answered, an answer from when it is made until it is written
//! or its client is gone. What there is no room for is a 503: nothing waits for room, so nothing can wait for each other.

use super::error::ApiError;
use super::idempotency;
use super::ledger::{Hold, Ledger};
use axum::Router;
use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::{Request, State};
use axum::http::Extensions;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use slotflow_domain::OrganizationId;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes of all bodies, and of all answers. A page of the largest bookings is a tenth of it.
const MOST: usize = 64 * 1024 * 1024;

/// Bytes of one organization's, so that it leaves room for others.
const MOST_OF_ONE: usize = MOST / 4;

/// What is no larger is always admitted, and not counted: the number of connections bounds it.
const SMALL: usize = 16 * 1024;

/// What is held of bodies and of answers.
#[derive(Clone)]
struct InFlight {
    bodies: Ledger,
    answers: Ledger,
}

/// These routes, what they hold bounded. For those whose answers are made for each request: what is the program's
/// own text costs nothing, and is not to use up the room of others.
pub(super) fn bound(routes: Router) -> Router {
    let ledger = || Ledger::new(MOST, MOST_OF_ONE);
    routes
        .route_layer(middleware::from_fn_with_state(InFlight { bodies: ledger(), answers: ledger() }, count))
}

async fn count(State(in_flight): State<InFlight>, mut request: Request, next: Next) -> Response {
    let body = BodyHold(Arc::new(Mutex::new(in_flight.bodies.open(None))));
    request.extensions_mut().insert(body.clone());
    let changes_something = !request.method().is_safe();

    let response = next.run(request).await;

    // A stream has no size, and is never whole in memory.
    let size = response.body().size_hint().exact().and_then(|size| usize::try_from(size).ok());
    let Some(size) = size.filter(|&size| size > SMALL) else { return response };
    let mut hold = in_flight.answers.open(body.hold().holder());
    if !hold.try_raise_to(size) {
        let was_carried_out = changes_something && !response.headers().contains_key(idempotency::REPLAYED);
        if !was_carried_out {
            return ApiError::no_room().into_response();
        }
        // Whoever heard 503 would do it once more.
        hold.take(size);
    }
    let (parts, body) = response.into_parts();
    match to_bytes(body, size).await {
        Ok(bytes) => {
            Response::from_parts(parts, Body::from(Bytes::from_owner(Counted { bytes, _hold: hold })))
        }
        Err(error) => {
            tracing::error!(%error, "an answer was not what its size said");
            ApiError::internal().into_response()
        }
    }
}

/// Bytes that count as long as any part of them is to be written.
struct Counted {
    bytes: Bytes,
    _hold: Hold,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// What a request holds of its body, among its extensions.
#[derive(Clone)]
pub(super) struct BodyHold(Arc<Mutex<Hold>>);

impl BodyHold {
    /// The request's, where its route is bounded.
    pub(super) fn of(extensions: &Extensions) -> Option<&Self> {
        extensions.get()
    }

    /// From now on it is this organization's.
    pub(super) fn belongs_to(&self, organization_id: OrganizationId) {
        self.hold().belong_to(Some(organization_id));
    }

    /// Whether there is room for so many bytes of the body in all; they are held then.
    pub(super) fn has_room_for(&self, bytes: usize) -> bool {
        bytes <= SMALL || self.hold().try_raise_to(bytes)
    }

    fn hold(&self) -> MutexGuard<'_, Hold> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
