//! What one organization owns does not exist for another: by every operation of the API.

mod pages;
mod table;
mod tenant;

use std::collections::BTreeSet;

use http::{HeaderMap, Method, header};
use slotflow_tests::database::Fresh;
use slotflow_tests::http::Answer;

use crate::api::{Api, SLOW_RETRIES, text};
use table::{Concerns, Filter, OPERATIONS, Thing, assert_complete};
use tenant::Tenant;

on_both_databases! {
    another_organizations_id_answers_like_an_unknown_one_and_changes_nothing,
    no_list_count_or_filter_crosses,
    the_same_idempotency_key_in_two_organizations_is_two_keys,
}

/// An id that is nobody's, and differs from somebody's in its last digit.
fn next_to(id: &str) -> String {
    let (rest, last) = id.split_at(id.len() - 1);
    format!("{rest}{}", if last == "0" { "1" } else { "0" })
}

/// All of an answer that may not tell whether a thing is another's or nobody's.
fn comparable(answer: &Answer) -> (u16, HeaderMap, String) {
    let mut headers = answer.headers.clone();
    headers.remove("x-request-id");
    headers.remove(header::DATE);
    (answer.status.as_u16(), headers, String::from_utf8_lossy(&answer.bytes).into_owned())
}

/// Carries out every POST on its owner's things, each with a key of its own; the keys in the order of the table.
/// Waits until what comes of it has settled.
async fn use_keys(owner: &Tenant) {
    let mut deliveries =
        owner.get("/v1/deliveries?limit=100").await["deliveries"].as_array().expect("a list").len();
    for (nth, (method, path, concerns)) in OPERATIONS.iter().enumerate() {
        let Concerns::One(thing, requests) = concerns else { continue };
        if method != Method::POST {
            continue;
        }
        for (variant, (query, body)) in requests.iter().enumerate() {
            let path = format!("{}{query}", path.replace("{id}", owner.id(*thing)));
            let answer = owner.ask(method.clone(), &path, body, Some(&key_of(nth, variant))).await;
            assert!(answer.status.is_success(), "{method} {path}: {:?}", comparable(&answer));
            let replayed =
                answer.json["queued"].as_u64().filter(|_| answer.status == 202).unwrap_or_default();
            let alone = usize::from(answer.json["delivery_id"].is_string());
            deliveries += usize::try_from(replayed).expect("a small number") + alone;
            owner.wait_until_settled(deliveries).await;
        }
    }
}

/// The idempotency key that [`use_keys`] gives a request.
fn key_of(operation: usize, variant: usize) -> String {
    format!("used-by-its-owner-{operation}-{variant}")
}

async fn another_organizations_id_answers_like_an_unknown_one_and_changes_nothing(database: Fresh) {
    let api = Api::start_with(database, SLOW_RETRIES, "growth").await;
    assert_complete(&api.get("/openapi.json").await);
    let (owner, stranger) = (Tenant::new(&api, "/owner").await, Tenant::new(&api, "/stranger").await);
    use_keys(&owner).await;
    let before = (owner.everything().await, stranger.everything().await);
    let sent = api.receiver.arrivals("/owner").len();

    let mut asked = 0;
    for (nth, (method, path, concerns)) in OPERATIONS.iter().enumerate() {
        if matches!(concerns, Concerns::Nobody) {
            let one = owner.ask(method.clone(), path, "", None).await;
            let other = stranger.ask(method.clone(), path, "", None).await;
            assert_eq!(comparable(&one), comparable(&other), "{method} {path}");
        }
        let Concerns::One(thing, requests) = concerns else { continue };
        let of = |id: &str, query: &str| format!("{}{query}", path.replace("{id}", id));
        let (theirs, nobodys) = (owner.id(*thing), next_to(owner.id(*thing)));
        for (variant, (query, body)) in requests.iter().enumerate() {
            let mut ways = vec![(method.clone(), *body, None, None)];
            if method == Method::GET {
                ways.push((Method::HEAD, *body, None, None));
            }
            if method == Method::POST {
                let (used, fresh) = (key_of(nth, variant), format!("fresh-{nth}-{variant}"));
                ways.push((method.clone(), *body, Some(used), Some(fresh)));
            }
            for (method, body, used, fresh) in ways {
                let other = stranger.ask(method.clone(), &of(theirs, query), body, used.as_deref()).await;
                let none = stranger.ask(method.clone(), &of(&nobodys, query), body, fresh.as_deref()).await;
                assert_eq!(comparable(&other), comparable(&none), "{method} {path}{query} {body}");
                assert_eq!(other.status, 404, "{method} {path}{query} {body}");
                asked += 1;
            }
            if !body.is_empty() {
                let other = stranger.ask(method.clone(), &of(theirs, query), "{", None).await;
                let none = stranger.ask(method.clone(), &of(&nobodys, query), "{", None).await;
                assert_eq!(comparable(&other), comparable(&none), "{method} {path}{query} with a bad body");
            }
        }
    }
    assert!(asked > 20, "{asked}");
    assert_eq!((owner.everything().await, stranger.everything().await), before);
    assert_eq!(api.receiver.arrivals("/owner").len(), sent, "nothing more was sent to its receiver");
}

async fn no_list_count_or_filter_crosses(database: Fresh) {
    let api = Api::start_with(database, SLOW_RETRIES, "growth").await;
    let reader = Tenant::new(&api, "/reader").await;
    let alone = reader.everything().await;
    let owner = Tenant::new(&api, "/owner").await;
    use_keys(&owner).await;
    assert_eq!(reader.everything().await, alone, "what another organization does shows");

    let owned = owner.own_ids().await;
    assert!(owned.len() > 12 && owned.is_disjoint(&reader.own_ids().await), "{owned:?}");
    for (_, path, concerns) in OPERATIONS {
        let Concerns::List(filters) = concerns else { continue };
        for (name, filter) in *filters {
            let ask = async |value: &str| {
                let answer = reader.ask(Method::GET, &format!("{path}?{name}={value}"), "", None).await;
                let shown = String::from_utf8_lossy(&answer.bytes).into_owned();
                let foreign: BTreeSet<_> = owned.iter().filter(|id| shown.contains(id.as_str())).collect();
                assert!(foreign.is_empty(), "{path}?{name}={value} shows {foreign:?}");
                answer
            };
            let (other, none) = match filter {
                Filter::Names(thing) => (owner.id(*thing).to_owned(), next_to(owner.id(*thing))),
                Filter::Cursor => {
                    let theirs = owner.cursor(path).await;
                    let (head, tail) = theirs.split_at(8);
                    let nobodys = format!("{head}{}", tail.chars().rev().collect::<String>());
                    (theirs, nobodys)
                }
                Filter::Says(value) => {
                    ask(value).await.expect_status(200).expect("a list");
                    continue;
                }
            };
            let (other, none) = (ask(&other).await, ask(&none).await);
            assert_eq!(comparable(&other), comparable(&none), "{path}?{name}=…");
        }
    }
}

async fn the_same_idempotency_key_in_two_organizations_is_two_keys(database: Fresh) {
    let api = Api::start_with(database, SLOW_RETRIES, "growth").await;
    let tenants = [Tenant::new(&api, "/one").await, Tenant::new(&api, "/other").await];
    let is_replayed = |answer: &Answer| answer.headers.contains_key("idempotent-replayed");
    for (nth, (method, path, concerns)) in OPERATIONS.iter().enumerate() {
        if method != Method::POST {
            continue;
        }
        let key = format!("shared-{nth}");
        let of = |tenant: &Tenant| match concerns {
            Concerns::NewThing(body) => ((*path).to_owned(), *body),
            Concerns::One(thing, requests) => (path.replace("{id}", tenant.id(*thing)), requests[0].1),
            Concerns::Nobody | Concerns::List(_) => panic!("POST {path} is missing here"),
        };
        let mut first = Vec::new();
        for tenant in &tenants {
            let (path, body) = of(tenant);
            let answer = tenant.ask(method.clone(), &path, body, Some(&key)).await;
            assert!(answer.status.is_success() && !is_replayed(&answer), "{path}: {:?}", comparable(&answer));
            first.push(answer);
        }
        // What was made for one is not what was made for the other.
        for made in ["/id", "/delivery_id", "/signing_secret"] {
            if first[0].json.pointer(made).is_some() {
                assert_ne!(text(&first[0].json, made), text(&first[1].json, made), "{path}");
            }
        }
        for (tenant, first) in tenants.iter().zip(&first) {
            let (path, body) = of(tenant);
            let again = tenant.ask(method.clone(), &path, body, Some(&key)).await;
            assert_eq!((again.status, &again.bytes), (first.status, &first.bytes), "{path}");
            assert!(is_replayed(&again), "{path}");
        }
    }
    let [one, other] = &tenants;
    assert_ne!(one.id(Thing::Webhook), other.id(Thing::Webhook));
}
