//! What a receiver accepts, what it refuses, and how it is told why.

use super::*;

#[test]
fn an_overlap_verifies_with_either_secret_and_no_other() {
    let received = Received::new(&[secret(2), secret(1)], event(), at(), BODY);
    for family in FAMILIES {
        let received = received.clone().with_only(family);
        assert!(received.verify(&[secret(1)]).is_ok());
        assert!(received.verify(&[secret(2)]).is_ok());
        assert_eq!(received.verify(&[secret(3)]), Err(VerificationError::NoMatch));
    }
}

#[test]
fn a_receiver_may_hold_several_secrets_but_not_none() {
    for family in FAMILIES {
        let received = delivery().with_only(family);
        assert!(received.verify(&[secret(3), secret(1)]).is_ok());
        assert_eq!(received.verify(&[]), Err(VerificationError::NoMatch));
    }
}

#[test]
fn what_was_signed_with_no_secret_never_verifies() {
    let received = Received::new(&[], event(), at(), BODY);
    for family in FAMILIES {
        assert!(received.clone().with_only(family).verify(&[secret(1)]).is_err());
    }
}

#[test]
fn the_tolerance_counts_both_ways_and_includes_its_end() {
    let late = |seconds| at() + Duration::from_secs(seconds);
    let early = |seconds| at().saturating_sub(Duration::from_secs(seconds));
    for family in FAMILIES {
        let received = delivery().with_only(family);
        for now in [late(300), early(300)] {
            assert!(Received { now, ..received.clone() }.verify(&[secret(1)]).is_ok());
        }
        for now in [late(301), Timestamp::MAX] {
            let stale = Received { now, ..received.clone() };
            assert_eq!(stale.verify(&[secret(1)]), Err(VerificationError::TooOld));
        }
        for now in [early(301), Timestamp::MIN] {
            let hasty = Received { now, ..received.clone() };
            assert_eq!(hasty.verify(&[secret(1)]), Err(VerificationError::InTheFuture));
        }
    }
}

#[test]
fn a_delivery_without_signature_headers_is_unsigned() {
    assert_eq!(delivery().with_only(&[]).verify(&[secret(1)]), Err(VerificationError::Unsigned));
}

#[test]
fn only_the_family_that_signs_the_id_vouches_for_it() {
    assert_eq!(delivery().verify(&[secret(1)]).unwrap().event_id, Some(event()));
    assert_eq!(delivery().with_only(STANDARD).verify(&[secret(1)]).unwrap().event_id, Some(event()));
    assert_eq!(delivery().with_only(SLOTFLOW).verify(&[secret(1)]).unwrap().event_id, None);
}

#[test]
fn a_fresh_id_does_not_get_by_beside_a_valid_slotflow_signature() {
    let other = EventId::new(Uuid::from_u128(9)).to_string();
    let replayed = delivery().with(WEBHOOK_ID, other);
    assert_eq!(replayed.verify(&[secret(1)]), Err(VerificationError::NoMatch));
    let unsigned = replayed.with_only(&[SLOTFLOW_SIGNATURE, WEBHOOK_ID]);
    assert_eq!(unsigned.verify(&[secret(1)]), Err(VerificationError::Missing { header: WEBHOOK_TIMESTAMP }));
}

#[test]
fn an_invalid_slotflow_signature_spoils_a_valid_standard_one() {
    let received = delivery().with(SLOTFLOW_SIGNATURE, format!("t=1773151500,v1={}", "0".repeat(64)));
    assert_eq!(received.verify(&[secret(1)]), Err(VerificationError::NoMatch));
}

#[test]
fn families_of_two_attempts_do_not_mix() {
    let later = Received::new(&[secret(1)], event(), at() + Duration::from_secs(60), BODY);
    let mixed = delivery().with(SLOTFLOW_SIGNATURE, later.value(SLOTFLOW_SIGNATURE));
    assert_eq!(mixed.verify(&[secret(1)]), Err(VerificationError::TimestampsDiffer));
}

#[test]
fn other_versions_are_ignored() {
    let received = delivery();
    let slotflow = received.value(SLOTFLOW_SIGNATURE).replace(",v1=", ",v0=00,v2=,v1=zz,v1=");
    let standard = format!("v1a,AAAA v0, v1,!! {}", received.value(WEBHOOK_SIGNATURE));
    let received = received.with(SLOTFLOW_SIGNATURE, slotflow).with(WEBHOOK_SIGNATURE, standard);
    assert!(received.verify(&[secret(1)]).is_ok());

    let renamed = delivery();
    let slotflow = renamed.value(SLOTFLOW_SIGNATURE).replace("v1=", "v0=");
    let standard = renamed.value(WEBHOOK_SIGNATURE).replace("v1,", "v1a,");
    let renamed = renamed.with(SLOTFLOW_SIGNATURE, slotflow).with(WEBHOOK_SIGNATURE, standard);
    for family in FAMILIES {
        let renamed = renamed.clone().with_only(family);
        assert_eq!(renamed.verify(&[secret(1)]), Err(VerificationError::NoMatch));
    }
}

#[test]
fn a_signature_behind_too_many_others_is_not_looked_at() {
    let received = delivery();
    let standard = format!("{}{}", "v0,AAAA ".repeat(16), received.value(WEBHOOK_SIGNATURE));
    let slotflow =
        received.value(SLOTFLOW_SIGNATURE).replace(",v1=", &format!("{},v1=", ",v0=00".repeat(15)));
    let received = received.with(WEBHOOK_SIGNATURE, standard).with(SLOTFLOW_SIGNATURE, slotflow);
    for family in FAMILIES {
        let received = received.clone().with_only(family);
        assert_eq!(received.verify(&[secret(1)]), Err(VerificationError::NoMatch));
    }
}

#[test]
fn malformed_and_missing_headers_are_named() {
    let tag = "0".repeat(64);
    let cases = [
        (SLOTFLOW_SIGNATURE, String::new()),
        (SLOTFLOW_SIGNATURE, "t=1773151500".to_owned() + ",v1"),
        (SLOTFLOW_SIGNATURE, format!("v1={tag}")),
        (SLOTFLOW_SIGNATURE, format!("t=,v1={tag}")),
        (SLOTFLOW_SIGNATURE, format!("t=-1,v1={tag}")),
        (SLOTFLOW_SIGNATURE, format!("t=+1773151500,v1={tag}")),
        (SLOTFLOW_SIGNATURE, format!("t=1773151500.0,v1={tag}")),
        (SLOTFLOW_SIGNATURE, format!("t=9223372036854775807,v1={tag}")),
        (SLOTFLOW_SIGNATURE, format!("t=99999999999999999999,v1={tag}")),
        (SLOTFLOW_SIGNATURE, format!("t=1773151500,t=1773151500,v1={tag}")),
        (WEBHOOK_ID, String::new()),
        (WEBHOOK_ID, "evt_1".to_owned()),
        (WEBHOOK_TIMESTAMP, String::new()),
        (WEBHOOK_TIMESTAMP, "2026-03-10T14:05:00Z".to_owned()),
        (WEBHOOK_TIMESTAMP, "99999999999999999999".to_owned()),
        (WEBHOOK_SIGNATURE, String::new()),
        (WEBHOOK_SIGNATURE, "v1".to_owned()),
        (WEBHOOK_SIGNATURE, "v1,AAAA  v1,AAAA".to_owned()),
    ];
    for (header, value) in cases {
        let received = delivery().with(header, &*value);
        assert_eq!(received.verify(&[secret(1)]), Err(VerificationError::Malformed { header }), "{value}");
    }
    for header in STANDARD {
        let left: Vec<_> = BOTH.iter().copied().filter(|name| name != header).collect();
        let received = delivery().with_only(&left);
        assert_eq!(received.verify(&[secret(1)]), Err(VerificationError::Missing { header }), "{header}");
    }
}
