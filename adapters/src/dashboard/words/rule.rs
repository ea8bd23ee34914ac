//! Rules that an input breaks, beside the field that it was typed into.

/// A rule as a sentence of its own: `must use https` is `Must use https.`
pub(in crate::dashboard) fn sentence(rule: &str) -> String {
    let mut rest = rule.chars();
    let first = rest.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(rest).chain(['.']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_becomes_a_sentence() {
        assert_eq!(sentence("must use https"), "Must use https.");
        assert_eq!(sentence("éa"), "Éa.");
    }
}
