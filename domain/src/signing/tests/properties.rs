//! What holds for every secret, body, moment and header.

use super::*;
use proptest::prelude::*;

prop_compose! {
    pub(super) fn any_secret()(bytes in proptest::collection::vec(any::<u8>(), 24..=64)) -> SigningSecret {
        use base64::Engine;
        let encoded = base64::engine::general_purpose::STANDARD.encode(bytes);
        SigningSecret::parse(&format!("whsec_{encoded}")).unwrap()
    }
}

prop_compose! {
    fn any_delivery(secret: SigningSecret)(
        id: u128,
        millis in 0..=Timestamp::MAX.as_millis(),
        body in proptest::collection::vec(any::<u8>(), 0..300),
    ) -> Received {
        let at = Timestamp::from_millis(millis).unwrap();
        Received::new(std::slice::from_ref(&secret), EventId::new(Uuid::from_u128(id)), at, &body)
    }
}

fn secret_and_delivery() -> impl Strategy<Value = (SigningSecret, Received)> {
    any_secret().prop_flat_map(|secret| (Just(secret.clone()), any_delivery(secret)))
}

fn any_family() -> impl Strategy<Value = &'static [&'static str]> {
    prop::sample::select(&FAMILIES)
}

proptest! {
    #[test]
    fn what_is_signed_verifies((secret, received) in secret_and_delivery(), family in any_family()) {
        let verified = received.clone().with_only(family).verify(&[secret]).unwrap();
        prop_assert_eq!(verified.sent_at.as_unix_seconds(), received.now.as_unix_seconds());
        if let Some(id) = verified.event_id {
            prop_assert_eq!(id.to_string(), received.value(WEBHOOK_ID));
        }
    }

    #[test]
    fn another_secret_does_not_verify(
        (secret, received) in secret_and_delivery(), other in any_secret(), family in any_family(),
    ) {
        prop_assume!(secret != other);
        prop_assert_eq!(received.with_only(family).verify(&[other]), Err(VerificationError::NoMatch));
    }

    // Rotations take a new secret to both sides at different moments.
    #[test]
    fn one_secret_in_common_is_enough_and_needed(
        theirs in prop::collection::vec(0_u8..4, 0..3), ours in prop::collection::vec(0_u8..4, 0..4),
        family in any_family(),
    ) {
        let secrets = |seeds: &[u8]| seeds.iter().copied().map(secret).collect::<Vec<_>>();
        let received = Received::new(&secrets(&theirs), event(), at(), BODY).with_only(family);
        let in_common = ours.iter().any(|seed| theirs.contains(seed));
        prop_assert_eq!(received.verify(&secrets(&ours)).is_ok(), in_common);
    }

    #[test]
    fn a_delivery_is_taken_within_the_tolerance_of_any_clock(
        distance in -1_000_i64..1_000, tolerance in 0_u64..1_000, family in any_family(),
    ) {
        let mut received = delivery().with_only(family);
        received.now = Timestamp::from_millis(at().as_millis() + distance * 1_000).unwrap();
        let expected = match distance.unsigned_abs() <= tolerance {
            true => Ok(at()),
            false if distance > 0 => Err(VerificationError::TooOld),
            false => Err(VerificationError::InTheFuture),
        };
        let verified = received.verify_within(Duration::from_secs(tolerance), &[secret(1)]);
        prop_assert_eq!(verified.map(|verified| verified.sent_at), expected);
    }

    #[test]
    fn a_flipped_bit_of_the_body_does_not_verify(
        (secret, mut received) in secret_and_delivery(), place: prop::sample::Index, bit in 0_u32..8,
        family in any_family(),
    ) {
        prop_assume!(!received.body.is_empty());
        let place = place.index(received.body.len());
        received.body[place] ^= 1_u8 << bit;
        prop_assert_eq!(received.with_only(family).verify(&[secret]), Err(VerificationError::NoMatch));
    }

    // The lower seven bits: what remains is ASCII, as header values are.
    #[test]
    fn a_flipped_bit_of_a_header_does_not_verify(
        (secret, received) in secret_and_delivery(), name in prop::sample::select(BOTH),
        place: prop::sample::Index, bit in 0_u32..7, alone: bool,
    ) {
        let mut value = received.value(name).as_bytes().to_vec();
        let place = place.index(value.len());
        value[place] ^= 1_u8 << bit;
        let family = match alone {
            false => BOTH,
            true if name == SLOTFLOW_SIGNATURE => SLOTFLOW,
            true => STANDARD,
        };
        let received = received.with(name, String::from_utf8(value).unwrap()).with_only(family);
        prop_assert!(received.verify(&[secret]).is_err());
    }

    #[test]
    fn a_cut_header_does_not_verify(
        (secret, received) in secret_and_delivery(), name in prop::sample::select(BOTH), place: prop::sample::Index,
    ) {
        let value = received.value(name);
        let cut = value[..place.index(value.len())].to_owned();
        prop_assert!(received.with(name, cut).verify(&[secret]).is_err());
    }

    #[test]
    fn any_headers_get_an_answer(
        slotflow in prop::option::of("(t=[0-9]{0,20}|v1=[0-9a-f]{0,65}|[,= ]|\\PC){0,20}"),
        id in prop::option::of("[0-9a-f-]{36}|\\PC*"),
        timestamp in prop::option::of("[0-9]{0,20}|\\PC*"),
        standard in prop::option::of("(v1,[A-Za-z0-9+/=]{0,45}|[, ]|\\PC){0,20}"),
    ) {
        let mut received = delivery().with_only(&[]);
        for (name, value) in BOTH.iter().zip([slotflow, id, timestamp, standard]) {
            if let Some(value) = value {
                received = received.with(name, value);
            }
        }
        prop_assert!(received.verify(&[secret(1)]).is_err());
    }
}
