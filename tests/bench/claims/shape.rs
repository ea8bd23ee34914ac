//! The shapes of backlogs.

/// How a backlog lies in time and over webhooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Nothing is due yet; spread over the webhooks.
    Future,
    /// All are due, spread over the webhooks.
    Spread,
    /// All are due, for one webhook that hangs and has its share; ten others have one each, the youngest.
    Hanging,
    /// The same without the others: there is nothing to take.
    HangingAlone,
    /// As `Hanging`, and one in ten waits for a retry that is not due, spread over a hundred webhooks.
    HangingAmongRetries,
}

/// Where a delivery is and when it is due, as SQL on its number `g`, which begins at 0.
pub(crate) struct Places {
    /// The number of its webhook.
    pub(crate) webhook: String,
    /// Milliseconds from now.
    pub(crate) due_in: String,
}

impl Shape {
    pub(crate) const ALL: [Self; 5] =
        [Self::Future, Self::Spread, Self::Hanging, Self::HangingAlone, Self::HangingAmongRetries];

    /// How many webhooks there are; the one that hangs is number 0.
    pub(crate) const WEBHOOKS: usize = 1_000;

    /// How many deliveries others have beside the one that hangs.
    const OTHERS: usize = 10;

    /// How many webhooks wait for retries.
    const RETRYING: usize = 100;

    /// An hour: more than a million milliseconds.
    const FAR: i64 = 3_600_000;

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Future => "not due yet",
            Self::Spread => "due, 1,000 webhooks",
            Self::Hanging => "due, one hangs, 10 others",
            Self::HangingAlone => "due, one hangs, alone",
            Self::HangingAmongRetries => "one hangs, 10 others, 10 % retries",
        }
    }

    /// Whether webhook number 0 has its share on the wire.
    pub(crate) const fn hangs(self) -> bool {
        !matches!(self, Self::Future | Self::Spread)
    }

    /// Where the deliveries of a backlog of this size lie.
    pub(crate) fn places(self, size: usize) -> Places {
        let (webhooks, retrying, far) = (Self::WEBHOOKS, Self::RETRYING, Self::FAR);
        let others = size.saturating_sub(Self::OTHERS);
        let one_each = format!("CASE WHEN g >= {others} THEN g - {others} + 1 ELSE 0 END");
        let (webhook, due_in) = match self {
            Self::Future => (format!("g % {webhooks}"), format!("g + {far}")),
            Self::Spread => (format!("g % {webhooks}"), format!("g - {far}")),
            Self::Hanging => (one_each, format!("g - {far}")),
            Self::HangingAlone => ("0".to_owned(), format!("g - {far}")),
            Self::HangingAmongRetries => (
                format!("CASE WHEN g % 10 = 3 THEN (g / 10) % {retrying} ELSE {one_each} END"),
                format!("CASE WHEN g % 10 = 3 THEN g + {far} ELSE g - {far} END"),
            ),
        };
        Places { webhook, due_in }
    }
}
