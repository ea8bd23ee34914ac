//! How serde writes moments and identifiers, and reads identifiers: as what they are elsewhere on the wire.

use crate::timestamp::Timestamp;
use crate::{ApiKeyId, BookingId, DeliveryId, EventId, HumanId, OrganizationId, ReplayId, WebhookId};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// As its text, `2026-03-10T14:05:00.000Z`.
impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

macro_rules! as_uuid {
    ($($id:ident),*) => {$(
        /// As its UUID.
        impl Serialize for $id {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.as_uuid().serialize(serializer)
            }
        }

        /// From its UUID.
        impl<'de> Deserialize<'de> for $id {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Uuid::deserialize(deserializer).map(Self::new)
            }
        }
    )*};
}

as_uuid!(ApiKeyId, BookingId, DeliveryId, EventId, HumanId, OrganizationId, ReplayId, WebhookId);
