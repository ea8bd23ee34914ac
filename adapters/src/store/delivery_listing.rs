//! Which index a list of deliveries is read by.

use super::conditions::Conditions;
use super::keyset::Keyset;
use super::rows::delivery_row;
use sea_orm::Value;
use slotflow_application::ports::{DeliveryFilter, ListPosition};
use slotflow_domain::OrganizationId;
use slotflow_domain::delivery::DeliveryStatus;
use slotflow_domain::event::EventType;

/// Deliveries with what the log shows of their webhooks and events.
pub(super) const RECORDS: &str =
    "FROM deliveries d JOIN webhooks w ON w.id = d.webhook_id JOIN events e ON e.id = d.event_id";

/// What finds the deliveries of a list. What else they are filtered by is looked at in what was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// By `events_of_booking`: a booking has a few events, and all their deliveries are read.
    Booking,
    /// By `deliveries_being_made`.
    BeingMade,
    /// By `deliveries_of_webhook_and_status`.
    WebhookAndStatus(DeliveryStatus),
    /// By `deliveries_of_webhook_and_type`.
    WebhookAndType,
    /// By `deliveries_newest_of_webhook`.
    Webhook,
    /// By `deliveries_of_status_and_type`.
    StatusAndType(DeliveryStatus),
    /// By `deliveries_of_status`.
    Status(DeliveryStatus),
    /// By `deliveries_newest_of_type`.
    Type,
    /// By `deliveries_newest`.
    Newest,
}

impl Way {
    /// The narrowest. Beside a type a status narrows nothing if it is what becomes of most deliveries.
    fn of(filter: &DeliveryFilter) -> Self {
        use DeliveryStatus::{Cancelled, Delivered, Delivering, Failed, Held};
        match (filter.booking_id, filter.webhook_id, filter.status, &filter.event_type) {
            (Some(_), ..) => Self::Booking,
            (_, _, Some(Delivering), _) => Self::BeingMade,
            (_, Some(_), Some(Delivered) | None, Some(_)) => Self::WebhookAndType,
            (_, Some(_), Some(status), _) => Self::WebhookAndStatus(status),
            (_, Some(_), None, None) => Self::Webhook,
            (_, None, Some(Delivered) | None, Some(_)) => Self::Type,
            (_, None, Some(status @ (Held | Failed | Cancelled)), Some(_)) => Self::StatusAndType(status),
            (_, None, Some(status), _) => Self::Status(status),
            (_, None, None, None) => Self::Newest,
        }
    }
}

/// The statement for a page of a list, and its values. It asks for one row more than the page has, which tells
/// whether there are more.
pub(super) fn statement(organization_id: OrganizationId, filter: &DeliveryFilter) -> (String, Vec<Value>) {
    let way = Way::of(filter);
    let after =
        filter.after.map(|place| ListPosition { created_at: place.created_at, id: place.id.as_uuid() });
    let mut keyset = Keyset::new("d", filter.created_from, filter.created_until, after);
    let mut conditions = Conditions::default();

    // A webhook's deliveries are its organization's, and a booking's events too.
    let owner = match way {
        Way::Booking => "e.organization_id =",
        Way::WebhookAndStatus(_) | Way::WebhookAndType | Way::Webhook => "w.organization_id =",
        Way::BeingMade | Way::StatusAndType(_) | Way::Status(_) | Way::Type | Way::Newest => {
            "d.organization_id ="
        }
    };
    conditions.and(owner, organization_id.as_uuid());
    let (mut webhook_id, mut status) = (filter.webhook_id, filter.status);
    let (mut booking_id, mut event_type) = (filter.booking_id, filter.event_type.as_ref());
    match way {
        Way::Booking => conditions.and_if("e.booking_id =", booking_id.take().map(|id| id.as_uuid())),
        Way::Webhook => conditions.and_if("d.webhook_id =", webhook_id.take().map(|id| id.as_uuid())),
        Way::WebhookAndStatus(one) => {
            conditions.and_if("d.webhook_id =", webhook_id.take().map(|id| id.as_uuid()));
            conditions.and_text(NOT_BEING_MADE);
            keyset = keyset.with_key("status", one.as_str());
            status = None;
        }
        Way::WebhookAndType => {
            conditions.and_if("d.webhook_id =", webhook_id.take().map(|id| id.as_uuid()));
            keyset = keyset.with_key("event_type", type_name(event_type.take()));
        }
        Way::StatusAndType(one) => {
            conditions.and_text(NOT_ARRIVED);
            keyset = keyset.with_key("status", one.as_str());
            keyset = keyset.with_key("event_type", type_name(event_type.take()));
            status = None;
        }
        Way::Status(one) => {
            conditions.and_text(NOT_BEING_MADE);
            keyset = keyset.with_key("status", one.as_str());
            status = None;
        }
        Way::BeingMade => {
            conditions.and_text("d.status = 'delivering'");
            status = None;
        }
        Way::Type => keyset = keyset.with_key("event_type", type_name(event_type.take())),
        Way::Newest => {}
    }
    match way {
        // The few that there are get sorted; the bounds are not to look like a way to find them.
        Way::Booking => keyset.filter(&mut conditions),
        _ => keyset.bound(&mut conditions),
    }
    conditions.filter_if("d.webhook_id =", webhook_id.map(|id| id.as_uuid()));
    conditions.filter_if("d.status =", status.map(DeliveryStatus::as_str));
    conditions.filter_if("d.event_type =", event_type.map(|event_type| event_type.as_str()));

    let limit = conditions.placeholder(i64::from(filter.limit) + 1);
    let sql = format!(
        "SELECT {} {RECORDS} WHERE {} ORDER BY {} LIMIT {limit}",
        delivery_row::RECORD_COLUMNS,
        conditions.sql(),
        keyset.order()
    );
    (sql, conditions.values())
}

/// The name of the type that is wanted. The ways by type are taken only if there is one; none has the empty name.
fn type_name(event_type: Option<&EventType>) -> &str {
    event_type.map_or("", EventType::as_str)
}

/// The condition of the indexes by status, in their own words, by which SQLite knows that they have all rows.
const NOT_BEING_MADE: &str = "d.status <> 'delivering'";

/// The same for the index by status and type.
const NOT_ARRIVED: &str = "d.status <> 'delivering' AND d.status <> 'delivered' AND d.status <> 'pending'";
