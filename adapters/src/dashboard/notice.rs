//! What has just been done, said on the page that follows.
//!
//! A form answers with a redirect, so that loading the page again repeats nothing. What is to be said there travels in the
//! URL, as one of these names and a number: never a text, which somebody else could put into a link.

use super::words::amount;
use std::fmt;

/// Something that was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Notice {
    what: Done,
    count: u64,
    /// How many more it could not be done to.
    skipped: u64,
}

/// What can have been done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    WebhookChanged,
    WebhookPaused,
    WebhookResumed,
    WebhookDeleted,
    SecretRotated,
    TestSent,
    /// A test event waits until its webhook is resumed.
    TestHeld,
    Retried,
    /// Some were retried, and then the store was not there.
    RetryBrokeOff,
    Replayed,
}

impl Done {
    const ALL: [Self; 10] = [
        Self::WebhookChanged,
        Self::WebhookPaused,
        Self::WebhookResumed,
        Self::WebhookDeleted,
        Self::SecretRotated,
        Self::TestSent,
        Self::TestHeld,
        Self::Retried,
        Self::RetryBrokeOff,
        Self::Replayed,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::WebhookChanged => "webhook-changed",
            Self::WebhookPaused => "webhook-paused",
            Self::WebhookResumed => "webhook-resumed",
            Self::WebhookDeleted => "webhook-deleted",
            Self::SecretRotated => "secret-rotated",
            Self::TestSent => "test-sent",
            Self::TestHeld => "test-held",
            Self::Retried => "retried",
            Self::RetryBrokeOff => "retry-broke-off",
            Self::Replayed => "replayed",
        }
    }
}

impl Notice {
    /// That this was done, to so many.
    pub(super) const fn new(what: Done, count: u64) -> Self {
        Self { what, count, skipped: 0 }
    }

    /// That so many deliveries were sent again, and so many could not be.
    pub(super) const fn retried(count: u64, skipped: u64) -> Self {
        Self { what: Done::Retried, count, skipped }
    }

    /// What a URL's query says was done.
    pub(super) fn read(query: &[(String, String)]) -> Option<Self> {
        let of = |name: &str| query.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str());
        let number = |name| of(name).and_then(|count| count.parse().ok()).unwrap_or(0);
        let what = Done::ALL.into_iter().find(|done| Some(done.name()) == of("done"))?;
        Some(Self { what, count: number("count"), skipped: number("skipped") })
    }

    /// The same as the fields of a query.
    pub(super) fn fields(self) -> Vec<(&'static str, String)> {
        let mut fields = vec![("done", self.what.name().to_owned()), ("count", self.count.to_string())];
        if self.skipped > 0 {
            fields.push(("skipped", self.skipped.to_string()));
        }
        fields
    }

    /// The same as a query.
    pub(super) fn query(self) -> String {
        let pairs = self.fields().into_iter().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("&")
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.count;
        match self.what {
            Done::WebhookChanged => f.write_str("The webhook was changed."),
            Done::WebhookPaused => {
                f.write_str("The webhook is paused. What would be sent is held until you resume it.")
            }
            Done::WebhookResumed => f.write_str("The webhook is active again."),
            Done::WebhookDeleted => f.write_str("The webhook was deleted. What waited for it was cancelled."),
            Done::SecretRotated => f.write_str(
                "The secret was rotated before, and nothing was changed now. A secret is shown once only.",
            ),
            Done::TestSent => f.write_str("A test event is on its way."),
            Done::TestHeld => {
                f.write_str("The webhook is paused: its test event is held, and goes out when you resume it.")
            }
            Done::Retried => retried(f, count, self.skipped),
            Done::RetryBrokeOff => write!(
                f,
                "{} sent again. Then the database could not be reached: tick the others once more.",
                amount::of(count, "delivery is", "deliveries are")
            ),
            Done::Replayed => {
                write!(f, "{} sent again, oldest first.", amount::of(count, "event is", "events are"))
            }
        }
    }
}

fn retried(f: &mut fmt::Formatter<'_>, count: u64, skipped: u64) -> fmt::Result {
    if count == 0 && skipped == 0 {
        return f.write_str("Tick the deliveries that are to be sent again.");
    }
    write!(f, "{} sent again.", amount::of(count, "delivery is", "deliveries are"))?;
    if skipped > 0 {
        let left_out = amount::of(skipped, "was", "were");
        write!(
            f,
            " {left_out} left out: only what has ended can be sent again, to a webhook that is still there."
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_out_is_said() {
        assert_eq!(Notice::retried(1, 0).to_string(), "1 delivery is sent again.");
        let said = Notice::retried(0, 2).to_string();
        assert!(said.starts_with("0 deliveries are sent again. 2 were left out: "), "{said}");
        assert!(Notice::retried(0, 0).to_string().starts_with("Tick "));
    }

    #[test]
    fn each_notice_is_read_back_from_its_query() {
        let skipping = Notice::retried(12, 3);
        for notice in Done::ALL.map(|what| Notice::new(what, 12)).into_iter().chain([skipping]) {
            let query: Vec<_> = notice
                .query()
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            assert_eq!(Notice::read(&query), Some(notice));
        }
    }

    #[test]
    fn no_text_of_a_link_is_ever_said() {
        let query = [("done".to_owned(), "you have won".to_owned())];
        assert_eq!(Notice::read(&query), None);
    }
}
