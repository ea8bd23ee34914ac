//! What came of an attempt, in a sentence.

use slotflow_domain::delivery::AttemptOutcome;

/// What happened, for somebody who wants to mend it. `error` is what the sender noted.
pub(in crate::dashboard) fn sentence(
    outcome: AttemptOutcome,
    status: Option<u16>,
    error: Option<&str>,
) -> String {
    let what = match (outcome, status) {
        (AttemptOutcome::Success, Some(status)) => return format!("The receiver accepted it with {status}."),
        (AttemptOutcome::Success, None) => return "The receiver accepted it.".to_owned(),
        (AttemptOutcome::HttpStatus, Some(410)) => {
            return "The receiver answered 410 Gone: it wants no more events, so the webhook was disabled."
                .to_owned();
        }
        (AttemptOutcome::HttpStatus, Some(status @ 300..=399)) => {
            return format!(
                "The receiver answered {status}, a redirect. Redirects are not followed: register the URL it leads to."
            );
        }
        (AttemptOutcome::HttpStatus, Some(status)) => {
            return format!("The receiver answered {status}. Any 2xx would have been a success.");
        }
        (AttemptOutcome::HttpStatus, None) => "The receiver did not accept it",
        (AttemptOutcome::Timeout, _) => "The receiver did not answer in time",
        (AttemptOutcome::Dns, _) => "The name of the host could not be resolved",
        (AttemptOutcome::Connect, _) => "No connection could be made",
        (AttemptOutcome::Tls, _) => "The connection could not be secured",
        (AttemptOutcome::BlockedAddress, _) => "The host leads to an address that we do not send to",
        (AttemptOutcome::Protocol, _) => "What came back was not HTTP",
        (AttemptOutcome::Lost, _) => {
            "The attempt was cut off on our side three times, so nobody knows whether it arrived"
        }
    };
    match error {
        Some(error) => format!("{what}: {error}."),
        None => format!("{what}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_outcome_has_a_sentence() {
        for outcome in AttemptOutcome::ALL {
            for status in [None, Some(200), Some(302), Some(410), Some(500)] {
                let sentence = sentence(outcome, status, Some("why"));
                assert!(sentence.ends_with('.') && sentence.len() > 20, "{sentence}");
            }
        }
    }
}
