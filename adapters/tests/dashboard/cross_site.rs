//! Changes that another site's page asks for.

use crate::routes::{Concerns, ROUTES};
use crate::support::{Site, Visit};
use axum::http::Method;
use slotflow_domain::organization::Plan;

#[tokio::test]
async fn no_other_sites_page_changes_anything() {
    let site = Site::new();
    let member = site.member(Plan::Growth).await;
    let id = member.webhook("https://own.dev/").await.id.to_string();
    let before = member.everything().await;
    let strangers: [fn(Visit) -> Visit; 5] = [
        |form| form.with("sec-fetch-site", "cross-site"),
        // Another subdomain may be somebody else's.
        |form| form.with("sec-fetch-site", "same-site"),
        |form| form.without("sec-fetch-site").with("origin", "https://evil.example"),
        |form| form.without("sec-fetch-site").with("origin", "null"),
        |form| form.without("sec-fetch-site").with("origin", "https://slotflow.dev.evil.example"),
    ];
    let mut asked = 0;
    for (method, path, concerns) in ROUTES {
        if *method != Method::POST {
            continue;
        }
        let fields = match concerns {
            Concerns::Anybody => &[("api_key", member.key.expose())][..],
            Concerns::Own(fields) => fields,
            Concerns::One(_, forms) => forms[forms.len() - 1],
        };
        for stranger in strangers {
            let form = Visit::post(&path.replace("{id}", &id), fields).signed_in(&member.cookie);
            let answer = site.ask(stranger(form)).await;
            answer.is(403, &["<h1>Refused</h1>", "nothing was changed"]);
            assert!(!answer.headers.contains_key("set-cookie"), "{path}: {answer:?}");
            asked += 1;
        }
    }
    assert!(asked >= 50, "{asked}");
    assert_eq!(member.everything().await, before);
    member.get("/").await.shows(&["Overview"]);
}

#[tokio::test]
async fn browsers_that_do_not_say_whose_page_it_was_are_known_by_the_origin() {
    let site = Site::new();
    let member = site.member(Plan::Growth).await;
    let form = Visit::post("/webhooks", &[("url", "https://a.dev/"), ("events", "booking.confirmed")]);
    let answer = site.ask(form.without("sec-fetch-site").signed_in(&member.cookie)).await;
    answer.shows(&["The webhook was created"]);
}

#[tokio::test]
async fn a_session_is_sent_by_our_own_pages_only_and_read_by_no_script() {
    let site = Site::new();
    let member = site.member(Plan::Free).await;
    let sign_in = || Visit::post("/sign-in", &[("api_key", member.key.expose())]);
    let cookie = |answer: crate::support::Answer| answer.headers["set-cookie"].to_str().unwrap().to_owned();
    let by_https = cookie(site.ask(sign_in()).await);
    for attribute in ["; HttpOnly", "; SameSite=Strict", "; Path=/dashboard", "; Secure"] {
        assert!(by_https.contains(attribute), "{attribute} is not in {by_https}");
    }
    let by_http = cookie(site.ask(sign_in().with("origin", "http://slotflow.dev")).await);
    assert!(!by_http.contains("Secure"), "{by_http}: browsers would not keep it");
    assert!(!by_https.contains(&member.key.expose()[8..]), "the key is not in the session");
}
