//! The clients: what they ask for, and what they note of the answers.

use super::counters::Sometimes;
use super::fleet::{Fleet, Instance};
use super::ledger::{Answer, ClientRequest, Done, Wish};
use super::repeating_client::book_repeatedly;
use super::rush;
use super::scenario::Plan as ScenarioPlan;
use super::timeline::SECOND;
use super::world::World;
use futures_util::FutureExt as _;
use slotflow_adapters::memory::VirtualClock;
use slotflow_application::bookings::{ConfirmBookingError, Confirmation};
use slotflow_application::organizations::OrganizationError;
use slotflow_application::ports::{BookingFilter, Clock, Directory as _, Store as _};
use slotflow_application::webhooks::{
    RegisterWebhook, RegisterWebhookError, UpdateWebhook, UpdateWebhookError,
};
use slotflow_domain::booking::{AttendeeName, Booking, BookingRequest, DurationMinutes, Metadata, TimeSlot};
use slotflow_domain::organization::{Organization, OrganizationName, Plan};
use slotflow_domain::webhook::{HeldDeliveries, Refusal, Webhook};
use slotflow_domain::{HumanId, OrganizationId, Timestamp, WebhookId};
use std::time::Duration;
use uuid::Uuid;

/// One booking in so many is sent several times under an idempotency key.
const ONE_REPEATED_IN: u64 = 4;

/// One booking in so many is a rush of them, in seeds that have rushes.
const ONE_RUSH_IN: u64 = 3;

/// Every URL there is: some of them in two spellings, and all of them free for every organization.
pub fn urls(plan: &ScenarioPlan) -> Vec<String> {
    let number = 3 * plan.organizations + 2;
    let mut urls: Vec<_> = (0..number).map(|it| format!("https://r{it}.receivers.io/hooks")).collect();
    urls.push("HTTPS://R0.receivers.io:443/x/../hooks".to_owned());
    urls
}

/// Adds the organizations, before anything can go wrong.
pub async fn found(world: &World) {
    for number in 0..world.plan().organizations {
        let plan = {
            let mut state = world.state();
            state.dice.one_of(&Plan::ALL).copied().unwrap_or(Plan::Free)
        };
        let id = OrganizationId::new(Uuid::from_u128(
            0x0195_0000_0000_7000_8000_0000_0000_0001 + u128::from(number),
        ));
        let name = OrganizationName::parse("Startup").expect("a good name");
        let created_at = Timestamp::from_millis(VirtualClock::START_MILLIS).expect("a good moment");
        let mut work = world.store().begin().await.expect("the store works");
        work.insert_organization(&Organization { id, name, plan: plan.into(), created_at })
            .await
            .expect("the organization is new");
        work.commit().await.expect("the store works");
        world.state().organizations.push(id);
    }
}

/// Makes requests by chance, most of them in bursts, as many as the plan wants, until everything is healed.
pub async fn run(world: World, fleet: Fleet) {
    let plan = *world.plan();
    for number in 0..plan.requests {
        let span = {
            let mut state = world.state();
            match state.dice.below(10) {
                0..=3 => state.dice.below(SECOND / 10),
                4..=6 => state.dice.below(20 * SECOND),
                _ => state.dice.below(3 * plan.busy / plan.requests),
            }
        };
        world.timeline().sleep(span).await;
        if world.state().healed {
            return;
        }
        let Some(instance) = fleet.any() else { continue };
        let client = Client { world: world.clone(), instance };
        let kind = if number < 2 * plan.organizations { 0 } else { world.state().dice.below(100) };
        client.ask(&fleet, number, kind);
    }
}

/// One request's client, and the process that it is connected to.
#[derive(Clone)]
pub(super) struct Client {
    pub(super) world: World,
    pub(super) instance: Instance,
}

impl Client {
    /// Asks for something of this kind, and does not wait for the answer.
    fn ask(self, fleet: &Fleet, number: u64, kind: u64) {
        let Some(organization_id) = self.pick(|state| state.organizations.clone()) else { return };
        match kind {
            0..=11 => self.register(organization_id),
            12..=54 => self.book(fleet, organization_id, number),
            55..=69 => self.cancel(organization_id),
            70..=76 => self.update(organization_id, Some(false)),
            77..=85 => self.update(organization_id, Some(true)),
            86..=89 => self.update(organization_id, None),
            90..=95 => self.delete(organization_id),
            _ => self.change_plan(organization_id),
        }
    }

    fn register(self, organization_id: OrganizationId) {
        let Some(url) = self.pick(|_| urls(self.world.plan())) else {
            return;
        };
        let events: &[&str] = match self.chance(4) {
            0 => &["booking.confirmed"],
            1 => &["booking.cancelled"],
            _ => &["booking.confirmed", "booking.cancelled"],
        };
        let events = events.iter().map(|&name| name.to_owned()).collect();
        let place = self.note(Wish::Register { organization_id, url: url.clone() });
        tokio::spawn(async move {
            let request = RegisterWebhook { url, events };
            let answer = match self.instance.webhooks.register(organization_id, request).await {
                Ok(webhook) => Answer::Acknowledged(Done::Webhook(webhook.id)),
                Err(RegisterWebhookError::Store(_)) => Answer::Unknown,
                Err(RegisterWebhookError::Refused(Refusal::Duplicate)) => {
                    self.world.sometimes(Sometimes::Duplicate);
                    Answer::Refused
                }
                Err(RegisterWebhookError::Refused(Refusal::LimitReached { .. })) => {
                    self.world.sometimes(Sometimes::LimitReached);
                    Answer::Refused
                }
                Err(_) => Answer::Refused,
            };
            self.answered(place, answer);
        });
    }

    fn book(self, fleet: &Fleet, organization_id: OrganizationId, number: u64) {
        if self.world.plan().rushes && number.is_multiple_of(ONE_RUSH_IN) {
            return rush::begin(&self, fleet, organization_id, number);
        }
        let name = format!("client {number}");
        let Some(request) = self.booking_request(&name) else { return };
        if number.is_multiple_of(ONE_REPEATED_IN) {
            return book_repeatedly(&self, fleet, organization_id, &name, &request);
        }
        self.send_booking(organization_id, name, request);
    }

    /// Books under this name.
    pub(super) fn book_as(self, organization_id: OrganizationId, name: String) {
        if let Some(request) = self.booking_request(&name) {
            self.send_booking(organization_id, name, request);
        }
    }

    /// A booking by chance.
    fn booking_request(&self, name: &str) -> Option<BookingRequest> {
        let human_id = HumanId::new(Uuid::from_u128(u128::from(self.chance(self.world.plan().humans)) + 1));
        let starts_at = self.instance.process.now() + Duration::from_secs(900 * self.chance(400));
        let minutes = i64::try_from(15 * (1 + self.chance(4))).unwrap_or(15);
        let slot = DurationMinutes::new(minutes).and_then(|duration| TimeSlot::new(starts_at, duration));
        let metadata = Metadata::from_stored(format!(r#"{{"z": "{name}", "a": 1e400, "z2": "é"}}"#))
            .unwrap_or_else(Metadata::empty);
        let (slot, attendee_name) = (slot.ok()?, AttendeeName::parse(name).ok()?);
        Some(BookingRequest { human_id, slot, attendee_name, attendee_email: None, metadata })
    }

    fn send_booking(self, organization_id: OrganizationId, name: String, request: BookingRequest) {
        let place = self.note(Wish::Book { organization_id, name });
        let asked = Confirmation { organization_id, request, trace_context: None };
        tokio::spawn(async move {
            let answer = match self.instance.intake.confirm(asked).await {
                Ok(booking) => Answer::Acknowledged(Done::Booking(booking.id)),
                Err(ConfirmBookingError::SlotUnavailable(_)) => {
                    self.world.sometimes(Sometimes::SlotUnavailable);
                    Answer::Refused
                }
                Err(ConfirmBookingError::Store(_)) => Answer::Unknown,
            };
            self.answered(place, answer);
        });
    }

    fn cancel(self, organization_id: OrganizationId) {
        let Some(booking) = self.booking(organization_id) else { return };
        let times = if self.chance(3) == 0 { 2 } else { 1 };
        for _ in 0..times {
            let place = self.note(Wish::Cancel { organization_id, booking_id: booking.id });
            let client = Self { world: self.world.clone(), instance: self.instance.clone() };
            tokio::spawn(async move {
                let answer = match client.instance.bookings.cancel(organization_id, booking.id, None).await {
                    Ok(Some(booking)) => Answer::Acknowledged(Done::Booking(booking.id)),
                    Ok(None) => Answer::Refused,
                    Err(_) => Answer::Unknown,
                };
                client.answered(place, answer);
            });
        }
    }

    pub(super) fn update(self, organization_id: OrganizationId, active: Option<bool>) {
        let Some(webhook) = self.webhook(organization_id) else { return };
        let webhook_id = webhook.id;
        let url = match active {
            None => self.pick(|_| urls(self.world.plan())),
            Some(_) => None,
        };
        let held = match (active, self.chance(4)) {
            (Some(true), 0) => Some(HeldDeliveries::Discard),
            (Some(true), 1) => Some(HeldDeliveries::Deliver),
            _ => None,
        };
        let request = UpdateWebhook { url, events: None, active, held };
        if active == Some(true) {
            self.world.state().oracle.maybe_called_on(webhook_id);
        }
        let place = self.note(Wish::Update { organization_id, webhook_id, active });
        tokio::spawn(async move {
            let answer = match self.instance.webhooks.update(organization_id, webhook_id, request).await {
                Ok(_) => Answer::Acknowledged(Done::Other),
                Err(UpdateWebhookError::Store(_)) => Answer::Unknown,
                Err(_) => Answer::Refused,
            };
            self.answered(place, answer);
            if active == Some(false) && matches!(answer, Answer::Acknowledged(_)) {
                self.disabled(place, webhook_id);
            }
        });
    }

    /// A webhook was disabled by the request at `place`; for certain, unless somebody asked for the opposite at the same
    /// time.
    fn disabled(&self, place: usize, id: WebhookId) {
        let now = self.world.now();
        let mut state = self.world.state();
        let asked_at = state.ledger.requests.get(place).map_or(now, |request| request.asked_at);
        let disputed = state.ledger.requests.iter().any(|request| {
            let enables = matches!(request.wish, Wish::Update { webhook_id, active: Some(true), .. } if webhook_id == id);
            enables && request.answered_at.is_none_or(|answered_at| answered_at >= asked_at)
        });
        if !disputed {
            state.oracle.called_off(id, now);
        }
    }

    pub(super) fn delete(self, organization_id: OrganizationId) {
        let Some(webhook) = self.webhook(organization_id) else { return };
        let place = self.note(Wish::Delete { organization_id, webhook_id: webhook.id });
        tokio::spawn(async move {
            let answer = match self.instance.webhooks.delete(organization_id, webhook.id).await {
                Ok(_) => Answer::Acknowledged(Done::Webhook(webhook.id)),
                Err(_) => Answer::Unknown,
            };
            if matches!(answer, Answer::Acknowledged(_)) {
                let now = self.world.now();
                self.world.state().oracle.called_off(webhook.id, now);
            }
            self.answered(place, answer);
        });
    }

    fn change_plan(self, organization_id: OrganizationId) {
        let Some(plan) = self.pick(|_| Plan::ALL.to_vec()) else { return };
        let place = self.note(Wish::Plan { organization_id });
        tokio::spawn(async move {
            let answer = match self.instance.organizations.set_plan(organization_id, plan).await {
                Ok(_) => Answer::Acknowledged(Done::Other),
                Err(OrganizationError::NotFound) => Answer::Refused,
                Err(OrganizationError::Store(_)) => Answer::Unknown,
            };
            self.answered(place, answer);
        });
    }

    pub(super) fn note(&self, wish: Wish) -> usize {
        let asked_at = self.world.now();
        let number = self.instance.process.number;
        self.world.say(number, |_| format!("client asks: {wish:?}"));
        let mut state = self.world.state();
        state.ledger.requests.push(ClientRequest { asked_at, answered_at: None, wish, answer: Answer::None });
        state.ledger.requests.len() - 1
    }

    pub(super) fn answered(&self, place: usize, answer: Answer) {
        let now = self.world.now();
        let number = self.instance.process.number;
        self.world.say(number, |_| format!("client hears: {answer:?}"));
        let mut state = self.world.state();
        if let Some(request) = state.ledger.requests.get_mut(place) {
            request.answered_at = Some(now);
            request.answer = answer;
        }
        let kind = match answer {
            Answer::None => 0,
            Answer::Acknowledged(_) => 1,
            Answer::Refused => 2,
            Answer::Unknown => 3,
        };
        state.trace.mix(kind);
    }

    pub(super) fn chance(&self, bound: u64) -> u64 {
        self.world.state().dice.below(bound)
    }

    fn pick<T: Clone>(&self, from: impl FnOnce(&super::world::State) -> Vec<T>) -> Option<T> {
        let mut state = self.world.state();
        let several = from(&state);
        state.dice.one_of(&several).cloned()
    }

    fn webhook(&self, organization_id: OrganizationId) -> Option<Webhook> {
        let webhooks = self.world.store().webhooks(organization_id).now_or_never()?.ok()?;
        self.pick(|_| webhooks)
    }

    fn booking(&self, organization_id: OrganizationId) -> Option<Booking> {
        let all = BookingFilter { limit: u32::MAX, ..BookingFilter::default() };
        let page = self.world.store().bookings(organization_id, all).now_or_never()?.ok()?;
        self.pick(|_| page.bookings)
    }
}
