//! Answers that are kept, to be given again.

use crate::WebhookId;
use std::fmt;

/// An answer as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its HTTP status.
    pub status: u16,
    /// What it said.
    pub body: AnswerBody,
}

/// What an answer said.
#[derive(Clone, PartialEq, Eq)]
pub enum AnswerBody {
    /// These bytes.
    Bytes(Vec<u8>),
    /// The webhook itself, which shows its signing secret. The secret is not kept in a second place, so the
    /// webhook is shown anew: as it was, unless it was changed in between.
    Webhook(WebhookId),
}

/// Prints no content: it may be about people.
impl fmt::Debug for AnswerBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Webhook(id) => write!(f, "webhook {id}"),
        }
    }
}

/// Whether an answer with this HTTP status is kept: a success, or a refusal that a rule gave. What failed for
/// other reasons (an unreadable request, a key that is not known, a fault on our side) may work the next time.
pub const fn is_kept(status: u16) -> bool {
    matches!(status, 200..=299 | 402 | 404 | 409 | 422)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn successes_and_refusals_are_kept_and_failures_are_not() {
        for status in [200, 201, 202, 402, 404, 409, 422] {
            assert!(is_kept(status), "{status}");
        }
        for status in [301, 400, 401, 405, 413, 429, 500, 503] {
            assert!(!is_kept(status), "{status}");
        }
    }

    #[test]
    fn debug_reveals_no_content() {
        let answer = Answer { status: 201, body: AnswerBody::Bytes(b"Alex Rivera".to_vec()) };
        assert_eq!(format!("{answer:?}"), "Answer { status: 201, body: 11 bytes }");
    }
}
