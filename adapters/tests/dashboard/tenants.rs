//! What one organization owns does not exist for another, and nothing does for who is not signed in.

use crate::routes::{Concerns, ROUTES, Thing};
use crate::support::{Answer, Member, NOBODYS, Site, Visit};
use axum::http::Method;
use slotflow_domain::organization::Plan;

/// All of an answer that may not tell whether a thing is another's or nobody's.
fn comparable(mut answer: Answer) -> Answer {
    answer.headers.remove("x-request-id");
    answer
}

/// What an owner has.
struct Things {
    webhook: String,
    delivery: String,
    event: String,
}

impl Things {
    fn id(&self, thing: Thing) -> &str {
        match thing {
            Thing::Webhook => &self.webhook,
            Thing::Delivery => &self.delivery,
            Thing::Event => &self.event,
        }
    }

    /// The path of a route, to what they have.
    fn path(&self, path: &str, concerns: &Concerns) -> String {
        match concerns {
            Concerns::One(thing, _) => path.replace("{id}", self.id(*thing)),
            Concerns::Anybody | Concerns::Own(_) => path.to_owned(),
        }
    }
}

/// Somebody with a webhook, to which something was delivered, and for which a delivery is held.
async fn owner(site: &Site) -> (Member<'_>, Things) {
    let owner = site.member(Plan::Growth).await;
    let webhook = owner.webhook("https://owner.dev/").await.id.to_string();
    owner.book(1).await;
    site.kit.settle_down().await;
    let delivered = owner.deliveries().await.remove(0);
    assert_eq!(owner.post(&format!("/webhooks/{webhook}/pause"), &[]).await.status, 303);
    owner.book(2).await;
    assert_eq!(owner.deliveries().await.len(), 2);
    let (delivery, event) = (delivered.id.to_string(), delivered.event_id.to_string());
    (owner, Things { webhook, delivery, event })
}

#[tokio::test]
async fn another_organizations_id_answers_like_an_unknown_one_and_changes_nothing() {
    let site = Site::new();
    let (owner, theirs) = owner(&site).await;
    let stranger = site.member(Plan::Growth).await;
    let before = (owner.everything().await, stranger.everything().await);
    let mut asked = 0;
    for (method, path, concerns) in ROUTES {
        let Concerns::One(thing, forms) = concerns else { continue };
        let theirs = theirs.id(*thing);
        for fields in *forms {
            let ask = async |id: &str| {
                let path = path.replace("{id}", id);
                let visit = match *method {
                    Method::POST => Visit::post(&path, fields),
                    _ => Visit::new(method.clone(), &path),
                };
                comparable(site.ask(visit.signed_in(&stranger.cookie)).await)
            };
            let (other, none) = (ask(theirs).await, ask(NOBODYS).await);
            assert_eq!(other.status, 404, "{method} {path} {fields:?}");
            assert_eq!(other, none, "{method} {path} {fields:?}");
            other.hides(&["owner.dev"]);
            for broken in ["x", "%ff", &theirs.to_uppercase(), &theirs.replace('-', "")] {
                assert_eq!(ask(broken).await, none, "{method} {path} {broken}");
            }
            asked += 1;
        }
    }
    assert!(asked > 10, "{asked}");
    assert_eq!((owner.everything().await, stranger.everything().await), before);
}

#[tokio::test]
async fn the_owner_is_answered_by_every_route() {
    for (method, path, concerns) in ROUTES {
        let forms = match concerns {
            Concerns::Anybody => continue,
            Concerns::Own(fields) => &[*fields][..],
            Concerns::One(_, forms) => *forms,
        };
        for fields in forms {
            let site = Site::new();
            let (owner, things) = owner(&site).await;
            let path = things.path(path, concerns);
            let answer = match *method {
                Method::POST => owner.post(&path, fields).await,
                _ => owner.get(&path).await,
            };
            assert!(matches!(answer.status.as_u16(), 200 | 303), "{method} {path} {fields:?}: {answer:?}");
            if answer.status == 303 {
                owner.get(answer.leads_to()).await.shows(&[]);
            }
        }
    }
}

#[tokio::test]
async fn pages_show_nothing_of_another_organization() {
    let site = Site::new();
    let (_owner, _) = owner(&site).await;
    let stranger = site.member(Plan::Growth).await;
    stranger.webhook("https://stranger.dev/").await;
    for (method, path, concerns) in ROUTES {
        if let (&Method::GET, Concerns::Own(_)) = (method, concerns) {
            stranger.get(path).await.hides(&["owner.dev"]);
        }
    }
}

#[tokio::test]
async fn who_is_not_signed_in_is_led_to_where_that_is_done_and_changes_nothing() {
    let site = Site::new();
    let (owner, things) = owner(&site).await;
    let before = owner.everything().await;
    for (method, path, concerns) in ROUTES {
        let fields = match concerns {
            Concerns::Anybody => continue,
            Concerns::Own(fields) => *fields,
            Concerns::One(_, forms) => forms[0],
        };
        let path = things.path(path, concerns);
        let visit = || match *method {
            Method::POST => Visit::post(&path, fields),
            _ => Visit::new(method.clone(), &path),
        };
        assert_eq!(site.ask(visit()).await.leads_to(), "/sign-in", "{method} {path}");
        let by_htmx = site.ask(visit().with("hx-request", "true")).await;
        assert_eq!((by_htmx.status.as_u16(), by_htmx.body.as_str()), (200, ""), "{method} {path}");
        assert_eq!(by_htmx.headers["hx-redirect"], "/dashboard/sign-in", "{method} {path}");
    }
    assert_eq!(owner.everything().await, before);
}
