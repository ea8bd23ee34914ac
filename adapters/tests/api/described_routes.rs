//! The router serves what the description tells of, and nothing beside it.
//!
//! What goes through all routes by the description (the tenants' table in `tests/end_to_end`, the clients' tests)
//! would not see one that is not in it.

use crate::support::{Ports, send};
use axum::body::Body;
use axum::http::{Method, Request, header};
use serde_json::Value;
use slotflow_adapters::api::description;
use std::collections::{BTreeMap, BTreeSet};

/// Every operation that wants a key, with something in the identifier's place and a query that no list takes.
pub(crate) fn operations_of_the_version() -> Vec<(Method, String)> {
    let description: Value = serde_json::from_str(&description()).unwrap();
    let paths = description["paths"].as_object().unwrap().iter();
    let operations: Vec<_> = paths
        .filter(|(path, _)| path.starts_with("/v1/"))
        .flat_map(|(path, item)| item.as_object().unwrap().keys().map(move |method| (method, path)))
        .map(|(method, path)| {
            let uri = format!("{}?active=x&limit=0&cursor=x&dry_run=x", path.replace("{id}", "no-id"));
            (method.to_uppercase().parse().unwrap(), uri)
        })
        .collect();
    assert!(operations.len() >= 17, "{operations:?}");
    operations
}

/// Served to everybody, and about no organization.
const UNDESCRIBED: [&str; 4] = ["/docs", "/docs/", "/docs/{*file}", "/openapi.json"];

/// The described paths, each with its methods as they stand in `Allow`.
fn described() -> BTreeMap<String, BTreeSet<String>> {
    let description: Value = serde_json::from_str(&description()).unwrap();
    let methods = |item: &Value| -> BTreeSet<String> {
        let described = item.as_object().unwrap().keys().map(|method| method.to_uppercase());
        // Whoever answers GET answers HEAD.
        described.flat_map(|it| if it == "GET" { vec![it, "HEAD".to_owned()] } else { vec![it] }).collect()
    };
    let paths = description["paths"].as_object().unwrap();
    paths.iter().map(|(path, item)| (path.clone(), methods(item))).collect()
}

#[test]
fn every_path_of_the_router_is_described() {
    // The only list of its paths that a router gives; behind it is what answers all others.
    let shown = format!("{:?}", Ports::new().router());
    let (shown, _) = shown.split_once("fallback_router").unwrap();
    let served: BTreeSet<_> = shown.split('"').filter(|text| text.starts_with('/')).collect();
    let described = described();
    let expected: BTreeSet<_> = described.keys().map(String::as_str).chain(UNDESCRIBED).collect();
    assert_eq!(served, expected);
}

#[tokio::test]
async fn every_method_of_a_path_is_described() {
    let router = Ports::new().router();
    for (path, methods) in described() {
        let unknown = Method::from_bytes(b"FROBNICATE").unwrap();
        let request = Request::builder().method(unknown).uri(path.replace("{id}", "x"));
        let answer = send(&router, request.body(Body::empty()).unwrap()).await;
        let allowed = answer.headers[header::ALLOW].to_str().unwrap();
        assert_eq!(allowed.split(',').map(str::to_owned).collect::<BTreeSet<_>>(), methods, "{path}");
    }
}
