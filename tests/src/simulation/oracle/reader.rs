//! The store's public reading ports, read at once.

use futures_util::FutureExt as _;
use slotflow_adapters::memory::MemoryStore;
use slotflow_application::ports::{
    AttemptLog, BookingFilter, DeliveryFilter, DeliveryLog, DeliveryRecord, Directory as _, StoreError,
};
use slotflow_domain::booking::Booking;
use slotflow_domain::organization::Organization;
use slotflow_domain::webhook::Webhook;
use slotflow_domain::{BookingId, DeliveryId, OrganizationId, WebhookId};
use std::future::Future;

fn at_once<T>(answer: impl Future<Output = Result<T, StoreError>>) -> T {
    answer.now_or_never().expect("memory is read without waiting").expect("memory can be read")
}

pub(super) fn organization(store: &MemoryStore, id: OrganizationId) -> Option<Organization> {
    at_once(store.organization(id))
}

pub(super) fn webhooks(store: &MemoryStore, id: OrganizationId) -> Vec<Webhook> {
    at_once(store.webhooks(id))
}

pub(super) fn webhook(store: &MemoryStore, organization: OrganizationId, id: WebhookId) -> Option<Webhook> {
    at_once(store.webhook(organization, id))
}

pub(super) fn booking(store: &MemoryStore, organization: OrganizationId, id: BookingId) -> Option<Booking> {
    at_once(store.booking(organization, id))
}

pub(super) fn bookings(store: &MemoryStore, organization: OrganizationId) -> Vec<Booking> {
    let all = BookingFilter { limit: u32::MAX, ..BookingFilter::default() };
    at_once(store.bookings(organization, all)).bookings
}

pub(super) fn delivery(
    store: &MemoryStore,
    organization: OrganizationId,
    id: DeliveryId,
) -> Option<AttemptLog> {
    at_once(DeliveryLog::delivery(store, organization, id))
}

pub(super) fn deliveries(
    store: &MemoryStore,
    organization: OrganizationId,
    filter: DeliveryFilter,
) -> Vec<DeliveryRecord> {
    let all = DeliveryFilter { limit: u32::MAX, ..filter };
    at_once(store.deliveries(organization, all)).deliveries
}
