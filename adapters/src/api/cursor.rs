//! Where a page of a listing ended, as a text that clients hand back without looking inside.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use slotflow_domain::{DeliveryId, OrganizationId};

/// The layout below. Another one gets another number, and old cursors are then refused, not misread.
const VERSION: u8 = 1;

/// Bytes of the check: enough that no typing error passes. It protects nobody from anything, since a
/// listing only ever holds what its reader owns.
const CHECK_BYTES: usize = 8;

/// A text that is no cursor of ours, or one of another organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be the next_cursor of an earlier page")]
pub(super) struct NotACursor;

/// The text for "behind this delivery": version, identifier and check, in URL-safe base64.
pub(super) fn after_delivery(organization_id: OrganizationId, id: DeliveryId) -> String {
    let mut bytes = vec![VERSION];
    bytes.extend_from_slice(id.as_uuid().as_bytes());
    bytes.extend_from_slice(&check(organization_id, id));
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The delivery that a text from [`after_delivery`] names.
pub(super) fn read_delivery(organization_id: OrganizationId, text: &str) -> Result<DeliveryId, NotACursor> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotACursor)?;
    let (&version, rest) = bytes.split_first().ok_or(NotACursor)?;
    let (&id, given_check) = rest.split_first_chunk::<16>().ok_or(NotACursor)?;
    let id = DeliveryId::new(uuid::Uuid::from_bytes(id));
    if version == VERSION && given_check == check(organization_id, id) { Ok(id) } else { Err(NotACursor) }
}

fn check(organization_id: OrganizationId, id: DeliveryId) -> [u8; CHECK_BYTES] {
    let digest = Sha256::new()
        .chain_update(b"delivery cursor")
        .chain_update(organization_id.as_uuid().as_bytes())
        .chain_update(id.as_uuid().as_bytes())
        .finalize();
    digest.first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const OURS: OrganizationId = OrganizationId::new(Uuid::from_u128(1));
    const THEIRS: OrganizationId = OrganizationId::new(Uuid::from_u128(2));
    const DELIVERY: DeliveryId = DeliveryId::new(Uuid::from_u128(0x0195_0000_0000_7000_8000_0000_0000_0009));

    #[test]
    fn a_cursor_is_read_back() {
        assert_eq!(read_delivery(OURS, &after_delivery(OURS, DELIVERY)), Ok(DELIVERY));
    }

    #[test]
    fn a_cursor_of_another_organization_is_refused() {
        assert_eq!(read_delivery(THEIRS, &after_delivery(OURS, DELIVERY)), Err(NotACursor));
    }

    #[test]
    fn a_change_of_any_character_is_noticed() {
        let cursor = after_delivery(OURS, DELIVERY);
        for at in 0..cursor.len() {
            let mut changed = cursor.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(read_delivery(OURS, &changed), Err(NotACursor), "changed at {at}");
        }
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        let cursor = after_delivery(OURS, DELIVERY);
        let shorter = &cursor[..cursor.len() - 1];
        let longer = format!("{cursor}A");
        for text in ["A", "=", "AQ", "not a cursor", "0195-0000", shorter, &longer, "\u{fffd}"] {
            assert_eq!(read_delivery(OURS, text), Err(NotACursor), "{text:?}");
        }
    }
}
