//! What is sent to the API: a route that takes something, and where in the request the hostile part goes.

use fastrand::Rng;
use http::{HeaderValue, Method, Request, Uri, header};

/// Every route that takes a body.
pub(crate) const BODIES: &[(Method, &str)] = &[
    (Method::POST, "/v1/webhooks"),
    (Method::PATCH, "/v1/webhooks/{webhook}"),
    (Method::POST, "/v1/webhooks/{webhook}/rotate-secret"),
    (Method::POST, "/v1/webhooks/{webhook}/replay"),
    (Method::POST, "/v1/webhooks/{webhook}/test"),
    (Method::POST, "/v1/bookings"),
    (Method::POST, "/v1/deliveries/{delivery}/retry"),
];

/// Every route that takes a query.
pub(crate) const QUERIES: &[(Method, &str)] = &[
    (Method::GET, "/v1/webhooks"),
    (Method::GET, "/v1/bookings"),
    (Method::GET, "/v1/deliveries"),
    (Method::GET, "/v1/events"),
    (Method::POST, "/v1/webhooks/{webhook}/replay"),
];

/// Every list that has cursors.
pub(crate) const CURSORS: &[(Method, &str)] =
    &[(Method::GET, "/v1/deliveries?cursor="), (Method::GET, "/v1/events?cursor=")];

/// Routes that name one thing, in whose place anything may stand.
pub(crate) const NAMES: &[(Method, &str)] = &[
    (Method::GET, "/v1/webhooks/"),
    (Method::PATCH, "/v1/webhooks/"),
    (Method::DELETE, "/v1/webhooks/"),
    (Method::GET, "/v1/bookings/"),
    (Method::DELETE, "/v1/bookings/"),
    (Method::GET, "/v1/deliveries/"),
    (Method::GET, "/v1/events/"),
    (Method::GET, "/"),
];

/// A route that wants a key and little else.
pub(crate) const KEYED: &[(Method, &str)] = &[(Method::GET, "/v1/webhooks")];

/// A route whose cause is kept, and which answers the same however often it is asked.
pub(crate) const CAUSED: &[(Method, &str)] = &[(Method::DELETE, "/v1/bookings/{booking}")];

/// One of `choices`.
pub(crate) fn choose<'a, T>(choices: &'a [T], rng: &mut Rng) -> &'a T {
    &choices[rng.usize(..choices.len())]
}

/// A request with this key and these further headers, or in their place; `None` where the input could not be sent in this place, as it is no URI or no header's value
/// and a server answers that before any route is asked.
pub(crate) fn request(
    method: &Method,
    target: &[u8],
    api_key: &str,
    further: &[(&'static str, &[u8])],
    body: Vec<u8>,
) -> Option<Request<Vec<u8>>> {
    let uri = Uri::try_from(target).ok().filter(|uri| uri.path().starts_with('/'))?;
    let mut request = Request::new(body);
    *request.method_mut() = method.clone();
    *request.uri_mut() = uri;
    let headers = request.headers_mut();
    headers.insert(header::AUTHORIZATION, format!("Bearer {api_key}").parse().expect("a header"));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in further {
        headers.insert(*name, HeaderValue::from_bytes(value).ok()?);
    }
    Some(request)
}
