//! Where a page of a listing ended, as a text that clients hand back without looking inside.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use slotflow_application::ports::ListPosition;
use slotflow_domain::{DeliveryId, EventId, OrganizationId, Timestamp};
use uuid::Uuid;

/// The layout below. Another one gets another number, and old cursors are then refused, not misread.
const VERSION: u8 = 2;

/// Bytes of the check: enough that no typing error passes. It protects nobody from anything, since a
/// listing only ever holds what its reader owns.
const CHECK_BYTES: usize = 8;

/// A text that is no cursor of ours, or one of another organization or another listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be the next_cursor of an earlier page")]
pub(crate) struct NotACursor;

/// What is listed, by identifiers of its own kind.
pub(crate) trait Listed {
    /// The listing's name, which is part of the check.
    const LISTING: &'static str;

    /// The identifier with this UUID.
    fn from_uuid(uuid: Uuid) -> Self;

    /// Its UUID.
    fn to_uuid(&self) -> Uuid;
}

impl Listed for DeliveryId {
    const LISTING: &'static str = "deliveries";

    fn from_uuid(uuid: Uuid) -> Self {
        Self::new(uuid)
    }

    fn to_uuid(&self) -> Uuid {
        self.as_uuid()
    }
}

impl Listed for EventId {
    const LISTING: &'static str = "events";

    fn from_uuid(uuid: Uuid) -> Self {
        Self::new(uuid)
    }

    fn to_uuid(&self) -> Uuid {
        self.as_uuid()
    }
}

/// The text for "behind this row": version, moment, identifier and check, in URL-safe base64.
pub(crate) fn write<Id: Listed>(organization_id: OrganizationId, place: &ListPosition<Id>) -> String {
    let mut bytes = vec![VERSION];
    bytes.extend_from_slice(&place.created_at.as_millis().to_be_bytes());
    bytes.extend_from_slice(place.id.to_uuid().as_bytes());
    bytes.extend_from_slice(&check(organization_id, place));
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The place that a text from [`write`] names.
pub(crate) fn read<Id: Listed>(
    organization_id: OrganizationId,
    text: &str,
) -> Result<ListPosition<Id>, NotACursor> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotACursor)?;
    let (&version, rest) = bytes.split_first().ok_or(NotACursor)?;
    let (&millis, rest) = rest.split_first_chunk::<8>().ok_or(NotACursor)?;
    let (&id, given_check) = rest.split_first_chunk::<16>().ok_or(NotACursor)?;
    let created_at = Timestamp::from_millis(i64::from_be_bytes(millis)).map_err(|_| NotACursor)?;
    let place = ListPosition { created_at, id: Id::from_uuid(Uuid::from_bytes(id)) };
    if version == VERSION && given_check == check(organization_id, &place) {
        Ok(place)
    } else {
        Err(NotACursor)
    }
}

fn check<Id: Listed>(organization_id: OrganizationId, place: &ListPosition<Id>) -> [u8; CHECK_BYTES] {
    let digest = Sha256::new()
        .chain_update(b"cursor of ")
        .chain_update(Id::LISTING)
        .chain_update(organization_id.as_uuid().as_bytes())
        .chain_update(place.created_at.as_millis().to_be_bytes())
        .chain_update(place.id.to_uuid().as_bytes())
        .finalize();
    digest.first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: OrganizationId = OrganizationId::new(Uuid::from_u128(1));
    const THEIRS: OrganizationId = OrganizationId::new(Uuid::from_u128(2));
    const ID: Uuid = Uuid::from_u128(0x0195_0000_0000_7000_8000_0000_0000_0009);

    fn place<Id: Listed>() -> ListPosition<Id> {
        let created_at = Timestamp::parse_rfc3339("2026-03-10T14:05:00.001Z").unwrap();
        ListPosition { created_at, id: Id::from_uuid(ID) }
    }

    fn cursor() -> String {
        write(OURS, &place::<DeliveryId>())
    }

    #[test]
    fn a_cursor_is_read_back() {
        assert_eq!(read::<DeliveryId>(OURS, &cursor()), Ok(place()));
        assert_eq!(read::<EventId>(OURS, &write(OURS, &place::<EventId>())), Ok(place()));
    }

    #[test]
    fn a_cursor_of_another_organization_or_listing_is_refused() {
        assert_eq!(read::<DeliveryId>(THEIRS, &cursor()), Err(NotACursor));
        assert_eq!(read::<EventId>(OURS, &cursor()), Err(NotACursor));
    }

    #[test]
    fn a_change_of_any_character_is_noticed() {
        let cursor = cursor();
        for at in 0..cursor.len() {
            let mut changed = cursor.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(read::<DeliveryId>(OURS, &changed), Err(NotACursor), "changed at {at}");
        }
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        let cursor = cursor();
        let shorter = &cursor[..cursor.len() - 1];
        let longer = format!("{cursor}A");
        let far = [&[VERSION][..], &i64::MAX.to_be_bytes(), ID.as_bytes(), &[0; 8]].concat();
        let far = URL_SAFE_NO_PAD.encode(far);
        for text in ["A", "=", "AQ", "not a cursor", "0195-0000", shorter, &longer, &far, "\u{fffd}"] {
            assert_eq!(read::<DeliveryId>(OURS, text), Err(NotACursor), "{text:?}");
        }
    }
}
