//! Their service, with ours in it.

use super::browser::Browser;
use crate::routes::{Concerns, Thing};
use axum::Router;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;
use slotflow_adapters::api::{self, ApiServices, Authenticator};
use slotflow_adapters::dashboard::{self, Access, DashboardServices, LiveUpdates};
use slotflow_adapters::memory::TestKit;
use slotflow_application::ports::{Clock as _, DeliveryFilter};
use slotflow_application::webhooks::RegisterWebhook;
use slotflow_domain::booking::{AttendeeName, BookingRequest, DurationMinutes, Metadata, TimeSlot};
use slotflow_domain::organization::{OrganizationName, Plan};
use slotflow_domain::{HumanId, OrganizationId};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub(super) const ACME: OrganizationId = OrganizationId::new(Uuid::from_u128(0xAC3E));
pub(super) const OTHER: OrganizationId = OrganizationId::new(Uuid::from_u128(0x07E5));

/// An organization of theirs that nobody has told us of.
pub(super) const UNHEARD_OF: OrganizationId = OrganizationId::new(Uuid::from_u128(0xDEAD));

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

pub(super) fn theirs() -> Arc<dyn Authenticator> {
    Arc::new(|request: &Parts| request.extensions.get::<Tenant>().map(|tenant| tenant.0))
}

/// Their service, with ours in it. Acme has a webhook, to which something was delivered and for which something is held.
pub(super) struct Service {
    pub(super) kit: TestKit,
    pub(super) webhook: String,
    pub(super) delivery: String,
    pub(super) event: String,
}

impl Service {
    pub(super) async fn new() -> Self {
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
    pub(super) fn pages(&self, path: &str) -> Router {
        self.pages_by(Access::by(theirs()), path)
    }

    pub(super) fn pages_by(&self, access: Access, path: &str) -> Router {
        let live = LiveUpdates::new(CancellationToken::new());
        dashboard::router(DashboardServices::of(self.kit.slotflow(), live, access), path)
    }

    /// The API, and the dashboard at this path beside it.
    pub(super) fn both(&self, path: &str) -> Router {
        api::router_with(ApiServices::of(self.kit.slotflow(), theirs()), self.pages(path))
    }

    /// Their own routes, and these among them.
    pub(super) fn site(&self, ours: Router) -> Router {
        ours.route("/shop", get(async || "the shop")).layer(middleware::from_fn(their_session))
    }

    /// The path of a route of the dashboard, to what Acme has.
    pub(super) fn path(&self, path: &str, concerns: &Concerns) -> String {
        match concerns {
            Concerns::One(Thing::Webhook, _) => path.replace("{id}", &self.webhook),
            Concerns::One(Thing::Delivery, _) => path.replace("{id}", &self.delivery),
            Concerns::One(Thing::Event, _) => path.replace("{id}", &self.event),
            Concerns::Anybody | Concerns::Own(_) => path.to_owned(),
        }
    }
}
