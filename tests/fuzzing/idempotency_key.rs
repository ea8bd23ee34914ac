//! Idempotency keys: what the contract says, to the letter.

use crate::corpus;
use crate::round::rounds;
use slotflow_domain::idempotency::IdempotencyKey;

#[test]
fn a_key_is_taken_exactly_if_the_contract_allows_it() {
    for mut round in rounds("idempotency keys", &corpus::lines(include_str!("corpus/idempotency_keys.txt"))) {
        let mut accepted = 0;
        while let Some(input) = round.next_input() {
            let is_good =
                (1..=255).contains(&input.len()) && input.iter().all(|byte| (b'!'..=b'~').contains(byte));
            let shown = String::from_utf8_lossy(&input).into_owned();
            match IdempotencyKey::parse(&input) {
                Ok(key) => assert!(is_good && key.expose().as_bytes() == input, "taken: {shown:?}"),
                Err(rejection) => {
                    assert!(!is_good && !rejection.to_string().is_empty(), "refused: {shown:?}")
                }
            }
            accepted += u64::from(is_good);
        }
        let tried = round.given();
        round.end(tried, accepted);
    }
}
