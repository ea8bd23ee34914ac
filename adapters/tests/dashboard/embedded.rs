//! In somebody else's service: beneath any prefix of a larger router, for whoever its own users are.

use crate::routes::{Concerns, ROUTES, Thing};
use crate::support::{Answer, NOBODYS, Visit, ask};
use async_trait::async_trait;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{Method, Uri, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;
use axum::{BoxError, Router};
use http_body_util::BodyExt;
use regex::Regex;
use serde_json::Value;
use slotflow_adapters::api::{self, ApiServices, Authenticator, Identity, RateLimiter};
use slotflow_adapters::dashboard::{self, Access, DashboardServices, LiveUpdates};
use slotflow_adapters::memory::TestKit;
use slotflow_application::ports::{Clock as _, DeliveryFilter};
use slotflow_application::webhooks::RegisterWebhook;
use slotflow_domain::booking::{AttendeeName, BookingRequest, DurationMinutes, Metadata, TimeSlot};
use slotflow_domain::organization::{OrganizationName, Plan};
use slotflow_domain::rate_limit::RateLimit;
use slotflow_domain::{HumanId, OrganizationId};
use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::LazyLock;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use uuid::Uuid;

const ACME: OrganizationId = OrganizationId::new(Uuid::from_u128(0xAC3E));
const OTHER: OrganizationId = OrganizationId::new(Uuid::from_u128(0x07E5));

/// An organization of theirs that nobody has told us of.
const UNHEARD_OF: OrganizationId = OrganizationId::new(Uuid::from_u128(0xDEAD));

/// What their middleware leaves with a request.
#[derive(Clone)]
struct Tenant(OrganizationId);

/// Their way to know who asks: here a header, which stands for their cookies and tokens.
async fn their_session(mut request: Request, next: Next) -> Response {
    let user = request.headers().get("x-their-user").and_then(|value| value.to_str().ok());
    if let Some(id) = user.and_then(|id| Uuid::parse_str(id).ok()) {
        request.extensions_mut().insert(Tenant(OrganizationId::new(id)));
    }
    next.run(request).await
}

fn theirs() -> Arc<dyn Authenticator> {
    Arc::new(|request: &Parts| request.extensions.get::<Tenant>().map(|tenant| tenant.0))
}

/// Their service, with ours in it. Acme has a webhook, to which something was delivered and for which something is held.
struct Service {
    kit: TestKit,
    webhook: String,
    delivery: String,
    event: String,
}

impl Service {
    async fn new() -> Self {
        let kit = TestKit::new();
        for (id, name) in [(ACME, "Acme"), (OTHER, "Other")] {
            let name = OrganizationName::parse(name).unwrap();
            kit.organizations().ensure(id, name, Plan::Growth).await.unwrap();
        }
        let wanted = RegisterWebhook {
            url: "https://acme.dev/".to_owned(),
            events: vec!["booking.confirmed".to_owned()],
        };
        let webhook = kit.webhooks().register(ACME, wanted).await.unwrap().id.to_string();
        let service = Self { kit, webhook, delivery: String::new(), event: String::new() };
        service.book(1).await;
        service.kit.settle_down().await;
        let filter = DeliveryFilter { limit: 10, ..DeliveryFilter::default() };
        let delivered = service.kit.deliveries().list(ACME, filter).await.unwrap().deliveries.remove(0);
        let pause = format!("/hooks/webhooks/{}/pause", service.webhook);
        let site = service.site(service.pages("/hooks"));
        assert_eq!(Browser::of(&site, ACME).post(&pause, &[]).await.status, 303);
        service.book(2).await;
        Self { delivery: delivered.id.to_string(), event: delivered.event_id.to_string(), ..service }
    }

    async fn book(&self, human: u128) {
        let request = BookingRequest {
            human_id: HumanId::new(Uuid::from_u128(human)),
            slot: TimeSlot::new(self.kit.clock.now(), DurationMinutes::new(30).unwrap()).unwrap(),
            attendee_name: AttendeeName::parse("Alex Rivera").unwrap(),
            attendee_email: None,
            metadata: Metadata::from_stored("{}".to_owned()).unwrap(),
        };
        self.kit.bookings().confirm(ACME, request).await.unwrap();
    }

    /// The dashboard alone, at this path of its router.
    fn pages(&self, path: &str) -> Router {
        self.pages_by(Access::by(theirs()), path)
    }

    fn pages_by(&self, access: Access, path: &str) -> Router {
        let live = LiveUpdates::new(CancellationToken::new());
        dashboard::router(DashboardServices::of(self.kit.slotflow(), live, access), path)
    }

    /// The API, and the dashboard at this path beside it.
    fn both(&self, path: &str) -> Router {
        api::router_with(ApiServices::of(self.kit.slotflow(), theirs()), self.pages(path))
    }

    /// Their own routes, and these among them.
    fn site(&self, ours: Router) -> Router {
        ours.route("/shop", get(async || "the shop")).layer(middleware::from_fn(their_session))
    }

    /// The path of a route of the dashboard, to what Acme has.
    fn path(&self, path: &str, concerns: &Concerns) -> String {
        match concerns {
            Concerns::One(Thing::Webhook, _) => path.replace("{id}", &self.webhook),
            Concerns::One(Thing::Delivery, _) => path.replace("{id}", &self.delivery),
            Concerns::One(Thing::Event, _) => path.replace("{id}", &self.event),
            Concerns::Anybody | Concerns::Own(_) => path.to_owned(),
        }
    }
}

/// Somebody's browser: a user of theirs, or nobody.
struct Browser<'a> {
    router: &'a Router,
    user: Option<OrganizationId>,
}

impl<'a> Browser<'a> {
    fn of(router: &'a Router, user: OrganizationId) -> Self {
        Self { router, user: Some(user) }
    }

    fn nobodys(router: &'a Router) -> Self {
        Self { router, user: None }
    }

    async fn ask(&self, visit: Visit) -> Answer {
        let visit = match self.user {
            Some(id) => visit.with("x-their-user", &id.to_string()),
            None => visit,
        };
        let answer = ask(self.router, visit).await;
        assert!(!answer.headers.contains_key(header::SET_COOKIE), "{answer:?}");
        answer
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(Visit::at(Method::GET, path)).await
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.ask(Visit::form_at(path, fields)).await
    }

    /// Follows every link of every page from `home` on, and answers all that was seen: pages, assets and forms. None of it
    /// lies outside of `base`, but for `elsewhere`.
    async fn walk(&self, home: &str, base: &str, elsewhere: Option<&str>) -> BTreeSet<String> {
        static ADDRESS: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r#"(href|src|action|hx-get|data-updates)="([^"]*)""#).unwrap());
        let (mut seen, mut waiting) = (BTreeSet::new(), vec![home.to_owned()]);
        while let Some(path) = waiting.pop() {
            let answer = self.get(&path).await;
            assert_eq!(answer.status, 200, "{path}: {answer:?}");
            let is_page = answer.headers[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/html");
            if !is_page {
                continue;
            }
            for found in ADDRESS.captures_iter(&answer.body) {
                let (attribute, address) = (&found[1], found[2].replace("&#38;", "&").replace("&amp;", "&"));
                if address.is_empty() || address.starts_with('#') {
                    continue;
                }
                let below =
                    address.strip_prefix(base).map(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
                let beside = elsewhere == Some(address.as_str());
                assert!(below == Some(true) || beside, "{path} leads to {address}");
                let is_new = seen.insert(address.split('?').next().unwrap().to_owned());
                if is_new && attribute != "action" && !beside {
                    waiting.push(address);
                }
            }
        }
        seen
    }
}

/// One way to put ours among their routes.
struct Mounted {
    router: Router,
    base: &'static str,
    home: &'static str,
    /// What stands before `/v1`, where the API is served too.
    api: Option<&'static str>,
}

/// Every way, with whatever stands before it.
const MOUNTS: [fn(&Service) -> Mounted; 8] = [
    |service| Mounted {
        router: service.both("/dashboard"),
        base: "/dashboard",
        home: "/dashboard/",
        api: Some(""),
    },
    |service| Mounted {
        router: Router::new().nest("/shop/hooks", service.both("/dashboard")),
        base: "/shop/hooks/dashboard",
        home: "/shop/hooks/dashboard/",
        api: Some("/shop/hooks"),
    },
    |service| Mounted {
        router: Router::new().nest_service("/shop/hooks", service.both("dashboard")),
        base: "/shop/hooks/dashboard",
        home: "/shop/hooks/dashboard/",
        api: Some("/shop/hooks"),
    },
    |service| {
        let one = Router::new().nest("/hooks", service.both("/pages/ours/"));
        Mounted {
            router: Router::new().nest("/shop", Router::new().nest("/{shop}", one)),
            base: "/shop/%22a%7B/hooks/pages/ours",
            home: "/shop/%22a%7B/hooks/pages/ours/",
            api: Some("/shop/%22a%7B/hooks"),
        }
    },
    |service| Mounted {
        router: Router::new().nest("/shop/hooks", service.pages("/")),
        base: "/shop/hooks",
        home: "/shop/hooks",
        api: None,
    },
    |service| Mounted {
        router: Router::new().nest("/shop/hooks/", service.pages("/")),
        base: "/shop/hooks",
        home: "/shop/hooks/",
        api: None,
    },
    |service| Mounted {
        router: service.pages("/shop/hooks"),
        base: "/shop/hooks",
        home: "/shop/hooks/",
        api: None,
    },
    |service| Mounted { router: service.pages(""), base: "", home: "/", api: None },
];

fn mounts(service: &Service) -> impl Iterator<Item = Mounted> {
    MOUNTS.iter().map(|mount| mounted(service, *mount))
}

fn mounted(service: &Service, mount: fn(&Service) -> Mounted) -> Mounted {
    let ours = mount(service);
    Mounted { router: service.site(ours.router), ..ours }
}

#[tokio::test]
async fn every_link_form_and_asset_stays_beneath_the_prefix() {
    let service = Service::new().await;
    for Mounted { router, base, home, api } in mounts(&service) {
        let user = Browser::of(&router, ACME);
        user.get("/shop").await.shows(&["the shop"]);
        let reference = api.map(|api| format!("{api}/docs"));
        let seen = user.walk(home, base, reference.as_deref()).await;
        let all = ROUTES.iter().filter(|(_, path, concerns)| {
            let is_shown = !matches!(
                *path,
                "/assets/{name}" | "/webhooks/{id}/change" | "/webhooks/{id}/rotate" | "/webhooks/{id}/pause"
            );
            is_shown && !matches!((path, concerns), (_, Concerns::Anybody))
        });
        for (method, path, concerns) in all {
            let path = format!("{base}{}", service.path(path, concerns));
            let path = if path == format!("{base}/") { home.to_owned() } else { path };
            assert!(seen.contains(&path), "{home}: nothing leads to {method} {path}: {seen:#?}");
        }
        assert!(reference.is_none_or(|path| seen.contains(&path)), "{seen:?}");
        assert!(seen.contains(&format!("{base}/assets/dashboard.css")), "{seen:?}");
        assert!(!seen.iter().any(|path| path.contains("sign-")), "{seen:?}");
    }
}

#[tokio::test]
async fn every_form_leads_to_a_page_beneath_the_prefix() {
    for (method, path, concerns) in ROUTES {
        let forms = match concerns {
            Concerns::Anybody => continue,
            Concerns::Own(fields) => &[*fields][..],
            Concerns::One(_, forms) => *forms,
        };
        if *method != Method::POST {
            continue;
        }
        for mount in MOUNTS {
            let service = Service::new().await;
            let Mounted { router, base, .. } = mounted(&service, mount);
            let user = Browser::of(&router, ACME);
            let path = format!("{base}{}", service.path(path, concerns));
            let answer = user.post(&path, forms[0]).await;
            assert!(matches!(answer.status.as_u16(), 200 | 303), "{path}: {answer:?}");
            if let Some(place) = answer.headers.get(header::LOCATION) {
                let place = place.to_str().unwrap();
                assert!(place.starts_with(&format!("{base}/")), "{path} leads to {place}");
                user.get(place).await.shows(&["Acme"]);
            }
        }
    }
}

#[tokio::test]
async fn the_path_itself_leads_to_the_first_page() {
    let service = Service::new().await;
    for Mounted { router, base, home, .. } in mounts(&service) {
        let answer = Browser::of(&router, ACME).get(if base.is_empty() { "/" } else { base }).await;
        match answer.status.as_u16() {
            303 => assert_eq!(answer.headers[header::LOCATION], home),
            200 => assert_eq!(home.trim_end_matches('/'), base),
            // Nested under a path that ends in a slash: what their router does with that is theirs to say.
            404 => assert!(home.ends_with('/')),
            _ => panic!("{answer:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_stream_of_updates_is_there_for_users_and_for_nobody_else() {
    let service = Service::new().await;
    for Mounted { router, base, .. } in mounts(&service) {
        let path = format!("{base}/live");
        assert_eq!(Browser::nobodys(&router).get(&path).await.status, 401);
        let request = axum::http::Request::get(&path).header("x-their-user", ACME.to_string());
        let answer = router.oneshot(request.body(axum::body::Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), 200);
        let told = answer.into_body().frame().await.unwrap().unwrap().into_data().unwrap();
        assert!(told.starts_with(b"event: changed"), "{told:?}");
    }
}

#[tokio::test]
async fn whoever_is_nobody_sees_no_page_changes_nothing_and_is_told_to_sign_in_elsewhere() {
    let service = Service::new().await;
    let refusing = service.site(Router::new().nest("/shop/hooks", service.both("/dashboard")));
    let leading = Access::by_or_sign_in(theirs(), Uri::from_static("/login?then=hooks"));
    let leading = service.site(Router::new().nest("/shop/hooks", service.pages_by(leading, "/dashboard")));
    let before = format!("{:?}", service.kit.webhooks().list(ACME).await.unwrap());
    let (_, key) = service.kit.organizations().create_key(ACME).await.unwrap();
    for (method, path, concerns) in ROUTES {
        let fields = match concerns {
            Concerns::Anybody => continue,
            Concerns::Own(fields) => *fields,
            Concerns::One(_, forms) => forms[0],
        };
        let path = format!("/shop/hooks/dashboard{}", service.path(path, concerns));
        let visit = || match *method {
            Method::POST => Visit::form_at(&path, fields),
            _ => Visit::at(method.clone(), &path),
        };
        let refused = Browser::nobodys(&refusing).ask(visit()).await;
        refused.is(401, &["Signed out", "/shop/hooks/dashboard/assets/dashboard.css"]);
        refused.hides(&["sign-in", "Acme", "To the overview"]);
        assert!(refused.headers["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
        // A key of ours is no way in.
        let with_key = visit().with("authorization", &format!("Bearer {}", key.expose()));
        assert_eq!(Browser::nobodys(&refusing).ask(with_key).await.status, 401, "{method} {path}");

        let led = Browser::nobodys(&leading).ask(visit()).await;
        assert_eq!(
            (led.status.as_u16(), led.headers[header::LOCATION].to_str().unwrap()),
            (303, "/login?then=hooks")
        );
        let by_htmx = Browser::nobodys(&leading).ask(visit().with("hx-request", "true")).await;
        assert_eq!(by_htmx.headers["hx-redirect"], "/login?then=hooks", "{method} {path}");
    }
    for (method, path) in [(Method::GET, "/sign-in"), (Method::POST, "/sign-in"), (Method::POST, "/sign-out")]
    {
        let path = format!("/shop/hooks/dashboard{path}");
        let fields = [("api_key", key.expose())];
        for browser in [Browser::nobodys(&refusing), Browser::of(&refusing, ACME)] {
            let visit = match method {
                Method::POST => Visit::form_at(&path, &fields),
                _ => Visit::at(Method::GET, &path),
            };
            assert_eq!(browser.ask(visit).await.status, 404, "{path}");
        }
    }
    assert_eq!(format!("{:?}", service.kit.webhooks().list(ACME).await.unwrap()), before);
}

#[tokio::test]
async fn another_organizations_things_are_unknown_on_pages_and_in_the_api() {
    let service = Service::new().await;
    let router = service.site(Router::new().nest("/shop/hooks", service.both("/dashboard")));
    let (acme, other) = (Browser::of(&router, ACME), Browser::of(&router, OTHER));
    for (method, path, concerns) in ROUTES {
        let Concerns::One(_, forms) = concerns else { continue };
        let path = format!("/shop/hooks/dashboard{}", service.path(path, concerns));
        let answer = match *method {
            Method::POST => other.post(&path, forms[0]).await,
            _ => other.get(&path).await,
        };
        answer.is(404, &["Not found"]);
    }
    for (things, all, id) in [
        ("webhooks", "?active=any", &service.webhook),
        ("deliveries", "", &service.delivery),
        ("events", "", &service.event),
    ] {
        let path = format!("/shop/hooks/v1/{things}/{id}");
        acme.get(&path).await.shows(&[id]);
        other.get(&path).await.is(404, &["NOT_FOUND"]);
        acme.get(&path.replace(id.as_str(), NOBODYS)).await.is(404, &["NOT_FOUND"]);
        acme.get(&format!("/shop/hooks/v1/{things}{all}")).await.shows(&[id]);
        other.get(&format!("/shop/hooks/v1/{things}{all}")).await.hides(&[id]);
    }
}

#[tokio::test]
async fn another_sites_page_changes_nothing_for_a_user_of_theirs_either() {
    let service = Service::new().await;
    let router = service.site(Router::new().nest("/shop/hooks", service.both("/dashboard")));
    let delete = format!("/shop/hooks/dashboard/webhooks/{}/delete", service.webhook);
    let visit = Visit::form_at(&delete, &[]).with("sec-fetch-site", "cross-site");
    let refused = Browser::of(&router, ACME).ask(visit).await;
    refused.is(403, &["Another site", "/shop/hooks/dashboard/assets/dashboard.css"]);
    assert_eq!(service.kit.webhooks().list(ACME).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_api_answers_nobody_401_in_its_own_words() {
    let service = Service::new().await;
    for Mounted { router, api, .. } in mounts(&service) {
        let Some(api) = api else { continue };
        let nobody = Browser::nobodys(&router);
        let (_, key) = service.kit.organizations().create_key(ACME).await.unwrap();
        let with_key = Visit::at(Method::GET, &format!("{api}/v1/webhooks"))
            .with("authorization", &format!("Bearer {}", key.expose()));
        let body = r#"{"error":{"code":"UNAUTHORIZED","message":"authentication is required","status":401}}"#;
        for answer in [nobody.get(&format!("{api}/v1/webhooks")).await, nobody.ask(with_key).await] {
            assert_eq!((answer.status.as_u16(), answer.body.as_str()), (401, body));
            assert_eq!(answer.headers[header::WWW_AUTHENTICATE], "Bearer");
        }
        Browser::of(&router, ACME)
            .get(&format!("{api}/v1/webhooks?active=any"))
            .await
            .shows(&[&service.webhook]);
        let nothing = nobody.get(&format!("{api}/v1/nothing")).await;
        // A router that is nested in one that is nested has no fallback of its own: axum forgets it.
        let forgets = api.contains('%');
        nothing.is(404, if forgets { &[] } else { &["there is no such route"] });
        nobody.get(&format!("{api}/healthz")).await.shows(&["ok"]);
    }
}

#[tokio::test]
async fn the_apis_description_says_where_it_lies_and_the_reference_finds_it() {
    let service = Service::new().await;
    for Mounted { router, api, .. } in mounts(&service) {
        let Some(api) = api else { continue };
        let nobody = Browser::nobodys(&router);
        let answer = nobody.get(&format!("{api}/openapi.json")).await;
        let description: Value = serde_json::from_str(&answer.body).unwrap();
        match api {
            "" => assert_eq!(description.get("servers"), None),
            _ => assert_eq!(description["servers"], serde_json::json!([{"url": api}])),
        }
        assert_eq!(description.pointer("/components/securitySchemes"), None);
        assert_eq!(description["paths"]["/v1/webhooks"]["get"].get("security"), None);
        assert!(!answer.body.contains("API key"), "{}", answer.body);

        let led = nobody.get(&format!("{api}/docs")).await;
        assert_eq!(led.headers[header::LOCATION].to_str().unwrap(), format!("{api}/docs/"));
        let page = nobody.get(&format!("{api}/docs/")).await;
        page.shows(&["./swagger-initializer.js"]);
        nobody.get(&format!("{api}/docs/swagger-initializer.js")).await.shows(&["\"../openapi.json\""]);
    }
}

#[tokio::test]
async fn an_organization_that_we_were_not_told_of_is_refused_until_it_is_ensured() {
    let service = Service::new().await;
    let router = service.site(service.both("/dashboard"));
    let user = Browser::of(&router, UNHEARD_OF);
    user.get("/dashboard/").await.is(403, &["Not set up yet"]);
    let register = || {
        Visit::at(Method::POST, "/v1/webhooks")
            .with("content-type", "application/json")
            .saying(r#"{"url": "https://new.dev/", "events": ["booking.confirmed"]}"#)
    };
    user.ask(register()).await.is(401, &["there is no such organization"]);
    // Whatever it is about, and even if its answer would be kept.
    let booking =
        Visit::at(Method::POST, "/v1/bookings").with("content-type", "application/json").saying("{}");
    let keyed = Visit::at(Method::POST, "/v1/webhooks/01a2095e-2cac-7307-9814-eb6f0b833082/test");
    for change in [booking, keyed.with("idempotency-key", "k")] {
        user.ask(change).await.is(401, &["there is no such organization"]);
    }
    let name = OrganizationName::parse("New").unwrap();
    service.kit.organizations().ensure(UNHEARD_OF, name, Plan::Free).await.unwrap();
    user.get("/dashboard/").await.shows(&["New"]);
    user.ask(register()).await.is(201, &["https://new.dev/"]);
}

/// Knows nobody for now, as what it asks does not answer.
struct OutOfReach;

#[async_trait]
impl Authenticator for OutOfReach {
    async fn authenticate(&self, _: &Parts) -> Result<Option<Identity>, BoxError> {
        Err("the gateway at 10.1.2.3 does not answer".into())
    }
}

#[tokio::test]
async fn while_their_authentication_fails_nobody_is_turned_away_as_unknown() {
    let service = Service::new().await;
    let services = ApiServices::of(service.kit.slotflow(), Arc::new(OutOfReach));
    let access = Access::by_or_sign_in(Arc::new(OutOfReach), Uri::from_static("/login"));
    let router = api::router_with(services, service.pages_by(access, "/dashboard"));
    let user = Browser::of(&router, ACME);
    for (path, words) in [
        ("/dashboard/webhooks", "It cannot be found out right now who you are"),
        ("/v1/webhooks", "UNAVAILABLE"),
    ] {
        let answer = user.get(path).await;
        answer.is(503, &[words]);
        answer.hides(&["10.1.2.3"]);
    }
}

#[tokio::test]
async fn requests_are_counted_by_organization() {
    let service = Service::new().await;
    let limit = RateLimit::per_second(NonZeroU32::new(1).unwrap());
    let limiter = RateLimiter::new(limit, Arc::new(service.kit.clock.clone()));
    let services = ApiServices {
        rate_limiter: Some(Arc::new(limiter)),
        ..ApiServices::of(service.kit.slotflow(), theirs())
    };
    let router = service.site(api::router(services));
    let (acme, other) = (Browser::of(&router, ACME), Browser::of(&router, OTHER));
    for _ in 0..2 {
        assert_eq!(acme.get("/v1/webhooks").await.status, 200);
    }
    let refused = acme.get("/v1/webhooks").await;
    refused.is(429, &["this organization has made too many requests"]);
    assert_eq!(refused.headers[header::RETRY_AFTER], "1");
    assert_eq!(other.get("/v1/webhooks").await.status, 200);
}
