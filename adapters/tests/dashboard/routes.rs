//! Every route of the dashboard, and what it has to do with organizations. A route that is not here fails a test.

use axum::http::Method;
use slotflow_adapters::dashboard;
use std::collections::BTreeSet;

/// What an `{id}` in a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Thing {
    Webhook,
    /// One that has ended.
    Delivery,
    Event,
}

/// What a route concerns.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Concerns {
    /// Nobody in particular: whoever asks, signed in or not.
    Anybody,
    /// The viewer's organization. Such fields are right.
    Own(Fields),
    /// The thing that the path names. Each of these forms is right: only for want of the thing is it refused.
    One(Thing, &'static [Fields]),
}

/// The fields of a form.
pub(crate) type Fields = &'static [(&'static str, &'static str)];

use Concerns::{Anybody, One, Own};

const NO_FORM: &[Fields] = &[&[]];

pub(crate) const ROUTES: &[(Method, &str, Concerns)] = &[
    (Method::GET, "/", Own(&[])),
    (Method::GET, "/assets/{name}", Anybody),
    (Method::GET, "/deliveries", Own(&[])),
    (Method::POST, "/deliveries/retry", Own(&[("status", "failed")])),
    (Method::GET, "/deliveries/{id}", One(Thing::Delivery, NO_FORM)),
    (Method::POST, "/deliveries/{id}/retry", One(Thing::Delivery, NO_FORM)),
    (Method::GET, "/events", Own(&[])),
    (Method::GET, "/events/{id}", One(Thing::Event, NO_FORM)),
    (Method::GET, "/live", Own(&[])),
    (Method::GET, "/sign-in", Anybody),
    (Method::POST, "/sign-in", Anybody),
    (Method::POST, "/sign-out", Anybody),
    (Method::GET, "/webhooks", Own(&[])),
    (Method::POST, "/webhooks", Own(&[("url", "https://new.dev/"), ("events", "booking.confirmed")])),
    (Method::GET, "/webhooks/new", Own(&[])),
    (Method::GET, "/webhooks/{id}", One(Thing::Webhook, NO_FORM)),
    (Method::GET, "/webhooks/{id}/change", One(Thing::Webhook, NO_FORM)),
    (
        Method::POST,
        "/webhooks/{id}/change",
        One(Thing::Webhook, &[&[("url", "https://taken-over.dev/"), ("events", "booking.cancelled")]]),
    ),
    (Method::GET, "/webhooks/{id}/delete", One(Thing::Webhook, NO_FORM)),
    (Method::POST, "/webhooks/{id}/delete", One(Thing::Webhook, NO_FORM)),
    (Method::POST, "/webhooks/{id}/pause", One(Thing::Webhook, NO_FORM)),
    (Method::GET, "/webhooks/{id}/replay", One(Thing::Webhook, NO_FORM)),
    (
        Method::POST,
        "/webhooks/{id}/replay",
        One(
            Thing::Webhook,
            &[
                &[("since", "2026-03-01T00:00"), ("step", "count")],
                &[("since", "2026-03-01T00:00"), ("step", "send")],
            ],
        ),
    ),
    (
        Method::POST,
        "/webhooks/{id}/resume",
        One(Thing::Webhook, &[&[], &[("held", "deliver")], &[("held", "discard")]]),
    ),
    (Method::GET, "/webhooks/{id}/rotate", One(Thing::Webhook, NO_FORM)),
    (Method::POST, "/webhooks/{id}/rotate", One(Thing::Webhook, &[&[], &[("overlap", "0")]])),
    (Method::POST, "/webhooks/{id}/test", One(Thing::Webhook, NO_FORM)),
];

#[test]
fn the_table_has_every_route() {
    let known = ROUTES.iter().map(|(method, path, _)| (method.to_string(), *path));
    let served = dashboard::routes().into_iter().map(|(method, path)| (method.to_string(), path));
    assert_eq!(known.collect::<BTreeSet<_>>(), served.collect(), "the table and the dashboard differ");
}
