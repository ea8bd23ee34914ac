//! Moments as people type them into a form, in UTC: browsers know no other zone in which all who look see the same.

use slotflow_domain::Timestamp;

/// What is said of text that is no moment.
pub(super) const RULE: &str = "must be a date and a time, such as 2026-03-10T14:05";

/// Reads what a `datetime-local` field sends, `2026-03-10T14:05` with or without seconds, as UTC. A time with an offset,
/// as links to the list may have it, is read as what it is.
pub(super) fn read(text: &str) -> Result<Timestamp, &'static str> {
    // A query's `+` that was not encoded has come as a space.
    let text = text.replace(' ', "+");
    let spellings = [text.clone(), format!("{text}:00Z"), format!("{text}Z")];
    spellings.iter().find_map(|text| Timestamp::parse_rfc3339(text).ok()).ok_or(RULE)
}

/// The moment as such a field holds it.
pub(super) fn write(moment: Timestamp) -> String {
    let text = moment.to_string();
    let text = text.trim_end_matches('Z').trim_end_matches(".000");
    text.strip_suffix(":00").unwrap_or(text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_browsers_send_is_utc() {
        for (typed, moment, shown) in [
            ("2026-03-10T14:05", "2026-03-10T14:05:00.000Z", "2026-03-10T14:05"),
            ("2026-03-10T14:00:00", "2026-03-10T14:00:00.000Z", "2026-03-10T14:00"),
            ("2026-03-10T14:05:07", "2026-03-10T14:05:07.000Z", "2026-03-10T14:05:07"),
            ("2026-03-10T14:05:07.5", "2026-03-10T14:05:07.500Z", "2026-03-10T14:05:07.500"),
            ("2026-03-10T14:05:00.001Z", "2026-03-10T14:05:00.001Z", "2026-03-10T14:05:00.001"),
            ("2026-03-10T16:05:00 02:00", "2026-03-10T14:05:00.000Z", "2026-03-10T14:05"),
        ] {
            let read = read(typed).unwrap();
            assert_eq!((read.to_string(), write(read)), (moment.to_owned(), shown.to_owned()), "{typed}");
        }
    }

    #[test]
    fn what_is_shown_is_read_as_the_same() {
        for millis in [0, 1, 999, 59_999, 60_000, 3_600_000, 1_773_151_500_000, -1] {
            let moment = Timestamp::from_millis(millis).unwrap();
            assert_eq!(read(&write(moment)), Ok(moment));
        }
    }

    #[test]
    fn what_is_no_moment_is_refused_in_words() {
        for text in ["yesterday", "2026-03-10", "2026-13-10T14:05", "14:05", "2026-03-10T14", "T", "\u{202e}"]
        {
            assert_eq!(read(text), Err(RULE), "{text}");
        }
    }
}
