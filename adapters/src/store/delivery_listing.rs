//! Which indexes a list of deliveries is read by.

use super::conditions::Conditions;
use super::dialect::Dialect;
use super::keyset::Keyset;
use super::rows::delivery_row;
use sea_orm::Value;
use slotflow_application::ports::{DeliveryFilter, ListPosition};
use slotflow_domain::delivery::DeliveryStatus;
use slotflow_domain::{BookingId, OrganizationId};

/// Deliveries with what the log shows of their webhooks and events.
pub(super) const RECORDS: &str =
    "FROM deliveries d JOIN webhooks w ON w.id = d.webhook_id JOIN events e ON e.id = d.event_id";

/// Where deliveries of a list are found: as a range of an index, in the list's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Under this status in the one of the four indexes `deliveries_listed…` that is of the list's other filters.
    Listed(DeliveryStatus),
    /// In `deliveries_being_made`, which has as many entries as there are sending slots.
    BeingMade,
    /// Those of them that stand in no other index yet.
    BeingMadeAtFirst,
}

impl Place {
    /// All the places for deliveries of one status, or of any.
    fn all(status: Option<DeliveryStatus>) -> Vec<Self> {
        use DeliveryStatus::{Cancelled, Delivered, Delivering, Failed, Held, Pending};
        match status {
            Some(Delivering) => vec![Self::BeingMade],
            Some(status) => vec![Self::Listed(status)],
            None => {
                let listed = [Pending, Held, Delivered, Failed, Cancelled].map(Self::Listed);
                listed.into_iter().chain([Self::BeingMadeAtFirst]).collect()
            }
        }
    }
}

/// The statement for a page of a list, and its values. It asks for one row more than the page has, which tells
/// whether there are more.
pub(super) fn statement(
    dialect: Dialect,
    organization_id: OrganizationId,
    filter: &DeliveryFilter,
) -> (String, Vec<Value>) {
    match filter.booking_id {
        Some(booking_id) => of_booking(organization_id, booking_id, filter),
        None => of_places(dialect, organization_id, filter),
    }
}

/// The statement that counts what passes the filter, no further than its limit, and its values. It reads the ranges that
/// the list is read by, and nothing of what the log shows of each row.
pub(super) fn counting(organization_id: OrganizationId, filter: &DeliveryFilter) -> (String, Vec<Value>) {
    match filter.booking_id {
        Some(booking_id) => count_of_booking(organization_id, booking_id, filter),
        None => count_of_places(organization_id, filter),
    }
}

/// By `events_of_booking` and `deliveries_of_event`: a booking has a few events, and all their deliveries are read and
/// sorted.
fn of_booking(
    organization_id: OrganizationId,
    booking_id: BookingId,
    filter: &DeliveryFilter,
) -> (String, Vec<Value>) {
    let mut conditions = Conditions::default();
    filter_of_booking(organization_id, booking_id, filter, &mut conditions);
    let limit = conditions.placeholder(one_more(filter));
    let sql = format!(
        "SELECT {} {RECORDS} WHERE {} ORDER BY {NEWEST_FIRST} LIMIT {limit}",
        delivery_row::RECORD_COLUMNS,
        conditions.take_sql(),
    );
    (sql, conditions.into_values())
}

fn count_of_booking(
    organization_id: OrganizationId,
    booking_id: BookingId,
    filter: &DeliveryFilter,
) -> (String, Vec<Value>) {
    let mut conditions = Conditions::default();
    filter_of_booking(organization_id, booking_id, filter, &mut conditions);
    let limit = conditions.placeholder(i64::from(filter.limit));
    let sql = format!(
        "SELECT COUNT(*) AS total FROM \
         (SELECT 1 FROM deliveries d JOIN events e ON e.id = d.event_id WHERE {} LIMIT {limit}) AS counted",
        conditions.take_sql()
    );
    (sql, conditions.into_values())
}

/// The conditions on a booking's events and their deliveries.
fn filter_of_booking(
    organization_id: OrganizationId,
    booking_id: BookingId,
    filter: &DeliveryFilter,
    conditions: &mut Conditions,
) {
    conditions.and("e.organization_id =", organization_id.as_uuid());
    conditions.and("e.booking_id =", booking_id.as_uuid());
    keyset(filter).filter(conditions);
    conditions.filter_if("d.webhook_id =", filter.webhook_id.map(|id| id.as_uuid()));
    conditions.filter_if("d.status =", filter.status.map(DeliveryStatus::as_str));
    conditions.filter_if("d.event_type =", event_type(filter));
}

/// The first rows of each place, of them the first of all, and only then what is shown of each.
fn of_places(
    dialect: Dialect,
    organization_id: OrganizationId,
    filter: &DeliveryFilter,
) -> (String, Vec<Value>) {
    let mut conditions = Conditions::default();
    let found = found(organization_id, filter, one_more(filter), &mut conditions);
    let limit = conditions.placeholder(one_more(filter));
    conditions.and("w.organization_id =", organization_id.as_uuid());
    of_type(filter).cut("page", &mut conditions);
    let join = dialect.join_in_order();
    let sql = format!(
        "SELECT {} FROM (SELECT id, created_at FROM ({found}) AS found \
         ORDER BY created_at DESC, id DESC LIMIT {limit}) AS page \
         {join} deliveries d ON d.id = page.id {join} webhooks w ON w.id = d.webhook_id \
         {join} events e ON e.id = d.event_id WHERE {} ORDER BY {NEWEST_FIRST}",
        delivery_row::RECORD_COLUMNS,
        conditions.take_sql()
    );
    (sql, conditions.into_values())
}

/// The first rows of each place, and of them all that pass. Which of these come first does not matter, so nothing is
/// sorted.
fn count_of_places(organization_id: OrganizationId, filter: &DeliveryFilter) -> (String, Vec<Value>) {
    let limit = i64::from(filter.limit);
    let mut conditions = Conditions::default();
    let found = found(organization_id, filter, limit, &mut conditions);
    of_type(filter).cut("found", &mut conditions);
    // A webhook's deliveries are its organization's: one look for all of them.
    if let Some(id) = filter.webhook_id {
        let (id, organization_id) = (id.as_uuid(), organization_id.as_uuid());
        let (id, owner) = (conditions.placeholder(id), conditions.placeholder(organization_id));
        conditions.and_text(&format!(
            "EXISTS (SELECT 1 FROM webhooks w WHERE w.id = {id} AND w.organization_id = {owner})"
        ));
    }
    let passing = match conditions.take_sql() {
        none if none.is_empty() => none,
        some => format!("WHERE {some}"),
    };
    let limit = conditions.placeholder(limit);
    let sql = format!(
        "SELECT COUNT(*) AS total FROM (SELECT 1 FROM ({found}) AS found {passing} LIMIT {limit}) AS counted"
    );
    (sql, conditions.into_values())
}

/// The order of a list.
const NEWEST_FIRST: &str = "d.created_at DESC, d.id DESC";

/// The query for the first `rows` of each place, one place behind the other.
fn found(
    organization_id: OrganizationId,
    filter: &DeliveryFilter,
    rows: i64,
    conditions: &mut Conditions,
) -> String {
    let places = Place::all(filter.status);
    let of_each = places.iter().map(|place| of_place(*place, organization_id, filter, rows, conditions));
    of_each.collect::<Vec<_>>().join(" UNION ALL ")
}

/// The query for the first `rows` of a place. A webhook's deliveries are its organization's, which is looked at in the end.
fn of_place(
    place: Place,
    organization_id: OrganizationId,
    filter: &DeliveryFilter,
    rows: i64,
    conditions: &mut Conditions,
) -> String {
    let webhook_id = filter.webhook_id.map(|id| id.as_uuid());
    let keyset = match place {
        Place::Listed(status) => {
            match webhook_id {
                Some(id) => conditions.and("d.webhook_id =", id),
                None => conditions.and("d.organization_id =", organization_id.as_uuid()),
            }
            conditions.and("d.listed_status =", status.as_str());
            // Some that were pending are being made and not listed anew for it.
            conditions.filter_if("d.status =", filter.status.map(DeliveryStatus::as_str));
            of_type(filter)
        }
        Place::BeingMade | Place::BeingMadeAtFirst => {
            conditions.and("d.organization_id =", organization_id.as_uuid());
            conditions.and_text("d.status = 'delivering'");
            if place == Place::BeingMadeAtFirst {
                conditions.and_text("(d.listed_status IS NULL) IS TRUE");
            }
            conditions.filter_if("d.webhook_id =", webhook_id);
            conditions.filter_if("d.event_type =", event_type(filter));
            keyset(filter)
        }
    };
    keyset.bound(conditions);
    let limit = conditions.placeholder(rows);
    format!(
        "SELECT id, created_at FROM (SELECT d.id, d.created_at FROM deliveries d WHERE {} ORDER BY {} LIMIT {limit}) \
         AS head",
        conditions.take_sql(),
        keyset.order()
    )
}

fn keyset(filter: &DeliveryFilter) -> Keyset {
    let after =
        filter.after.map(|place| ListPosition { created_at: place.created_at, id: place.id.as_uuid() });
    Keyset::new("d", filter.created_from, filter.created_until, after)
}

/// The same in an index by type, if a type is asked for.
fn of_type(filter: &DeliveryFilter) -> Keyset {
    let keyset = keyset(filter);
    match event_type(filter) {
        Some(event_type) => keyset.with_key("event_type", event_type),
        None => keyset,
    }
}

fn event_type(filter: &DeliveryFilter) -> Option<&str> {
    filter.event_type.as_ref().map(|event_type| event_type.as_str())
}

fn one_more(filter: &DeliveryFilter) -> i64 {
    i64::from(filter.limit) + 1
}
