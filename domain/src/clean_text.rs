//! Text that others wrote, made harmless to look at.

/// What stands for a character that is not shown.
const HIDDEN: char = '\u{fffd}';

/// Whether this character is acted on instead of shown: the control characters, and those that turn the direction
/// of the text around, by which one text can look like another.
pub fn is_acted_on(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text on one line, with U+FFFD in place of what would be acted on, line breaks and tabs included.
pub fn clean(text: &str) -> String {
    text.chars().map(|character| if is_acted_on(character) { HIDDEN } else { character }).collect()
}

/// The same of a text of several lines, which keeps its line breaks and tabs.
pub fn clean_lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let hidden = |character| is_acted_on(character) && !matches!(character, '\n' | '\t');
    text.chars().map(|character| if hidden(character) { HIDDEN } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_acted_on_is_not_shown() {
        assert_eq!(
            clean("a\u{1b}[2Jb\rc\nd\u{9b}e\u{7f}"),
            "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d\u{fffd}e\u{fffd}"
        );
        assert_eq!(clean("moc.live\u{202e}//:sptth"), "moc.live\u{fffd}//:sptth");
        assert_eq!(clean("Zoë 会议 🎉"), "Zoë 会议 🎉");
    }

    #[test]
    fn lines_and_tabs_stay_where_there_may_be_several() {
        assert_eq!(clean_lines("a\r\n\tb\n\u{1b}[2J\rc\0"), "a\n\tb\n\u{fffd}[2J\u{fffd}c\u{fffd}");
    }
}
