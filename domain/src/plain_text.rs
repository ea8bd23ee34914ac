//! One line of text as a person types it: a name, an address.

use crate::Rejection;
use std::ops::RangeInclusive;

/// Takes `text` if its length in characters is within `length` and it holds no control character.
pub(crate) fn check(field: &'static str, text: &str, length: RangeInclusive<usize>) -> Result<(), Rejection> {
    // No need to count the characters of a megabyte: a character has at most four bytes.
    if text.len() > length.end().saturating_mul(4) || !length.contains(&text.chars().count()) {
        let (least, most) = (length.start(), length.end());
        return Err(Rejection::new(field, format!("must have {least} to {most} characters")));
    }
    if text.chars().any(char::is_control) {
        return Err(Rejection::new(field, "must not contain control characters"));
    }
    Ok(())
}
