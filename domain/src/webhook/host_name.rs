//! Which host names a webhook URL may have.
//!
//! Names are judged as the URL parser gives them: lower-case, IDNA applied, one trailing dot dropped.

use super::UrlRules;

/// Top-level names, and one below, that never lead to the internet: special-use names of RFC 6761, RFC 6762
/// (with its appendix G), RFC 7686, RFC 8375 and RFC 9476, the `internal` that ICANN set aside, and what
/// containers and routers put under no registry at all.
const LOCAL_NAMES: &[&str] = &[
    "alt",
    "corp",
    "example",
    "home",
    "home.arpa",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "onion",
    "private",
    "svc",
    "test",
];

/// Characters in a whole name, dots included, without a trailing dot (RFC 1035, 2.3.4).
const MAX_NAME: usize = 253;
/// Characters in one label (RFC 1035, 2.3.4).
const MAX_LABEL: usize = 63;

/// Why DNS, or a certificate, cannot hold a name. Displays as a clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedName {
    /// The name is too long.
    #[error("it has more than 253 characters")]
    TooLong,
    /// One label is too long.
    #[error("a label has more than 63 characters")]
    LabelTooLong,
    /// Two dots in a row, a dot at the start, a second one at the end, or nothing at all.
    #[error("a label is empty")]
    EmptyLabel,
    /// Something other than letters, digits, hyphens and underscores.
    #[error("{0:?} is not a character of host names")]
    Character(char),
    /// No certificate can be issued for such a label (RFC 1123, 2.1).
    #[error("a label begins or ends with a hyphen")]
    HyphenAtEdge,
}

/// Why a name cannot be one on the internet. Displays as a clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LocalName {
    /// It has no dot, so it means something on one's own network at most.
    #[error("it has no dot")]
    SingleLabel,
    /// It is this local name, or one under it.
    #[error("{0} is a local name")]
    Under(&'static str),
}

/// Judges whether a name can exist at all, whatever the rules.
///
/// # Errors
/// What DNS or a certificate cannot hold about it.
pub fn judge_form(name: &str) -> Result<(), MalformedName> {
    if name.len() > MAX_NAME {
        return Err(MalformedName::TooLong);
    }
    name.split('.').try_for_each(judge_label)
}

fn judge_label(label: &str) -> Result<(), MalformedName> {
    let unfit = |c: &char| !matches!(c, 'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_');
    if label.is_empty() {
        Err(MalformedName::EmptyLabel)
    } else if let Some(character) = label.chars().find(unfit) {
        Err(MalformedName::Character(character))
    } else if label.len() > MAX_LABEL {
        Err(MalformedName::LabelTooLong)
    } else if label.starts_with('-') || label.ends_with('-') {
        Err(MalformedName::HyphenAtEdge)
    } else {
        Ok(())
    }
}

/// Judges whether a name may be one on the internet. It may still resolve to addresses that are not: those
/// are judged by [`judge`](super::public_address::judge).
///
/// # Errors
/// What makes it a local name, unless [`UrlRules::allow_private_networks`].
pub fn judge_public(name: &str, rules: &UrlRules) -> Result<(), LocalName> {
    if rules.allow_private_networks {
        return Ok(());
    }
    if let Some(local) = LOCAL_NAMES.iter().find(|local| is_or_is_under(name, local)) {
        return Err(LocalName::Under(local));
    }
    if name.contains('.') { Ok(()) } else { Err(LocalName::SingleLabel) }
}

fn is_or_is_under(name: &str, parent: &str) -> bool {
    name.strip_suffix(parent).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_names_and_all_names_under_them_are_not_public() {
        for local in LOCAL_NAMES {
            for name in [(*local).to_owned(), format!("a.{local}"), format!("a.b-c.{local}")] {
                assert_eq!(judge_public(&name, &UrlRules::strict()), Err(LocalName::Under(local)), "{name}");
                assert_eq!(judge_public(&name, &UrlRules::development()), Ok(()), "{name}");
            }
        }
    }

    #[test]
    fn names_that_only_look_alike_are_public() {
        for name in
            ["mylocal.com", "notlocalhost.net", "local.example.com", "my-home.arpa", "xlan.io", "example.com"]
        {
            assert_eq!(judge_public(name, &UrlRules::strict()), Ok(()), "{name}");
        }
    }

    #[test]
    fn the_longest_names_that_dns_holds_are_well_formed() {
        let label = "a".repeat(63);
        let longest = format!("{label}.{label}.{label}.{}", "b".repeat(61));
        assert_eq!(longest.len(), 253);
        assert_eq!(judge_form(&longest), Ok(()));
        assert_eq!(judge_form(&format!("{longest}b")), Err(MalformedName::TooLong));
        assert_eq!(judge_form(&format!("{label}a.com")), Err(MalformedName::LabelTooLong));
    }

    #[test]
    fn malformed_names_are_told_apart() {
        for (name, why) in [
            ("", MalformedName::EmptyLabel),
            (".", MalformedName::EmptyLabel),
            (".com", MalformedName::EmptyLabel),
            ("a..com", MalformedName::EmptyLabel),
            ("a.com.", MalformedName::EmptyLabel),
            ("a!.com", MalformedName::Character('!')),
            ("é.com", MalformedName::Character('é')),
            ("-a.com", MalformedName::HyphenAtEdge),
            ("a.com-", MalformedName::HyphenAtEdge),
        ] {
            assert_eq!(judge_form(name), Err(why), "{name}");
        }
        assert_eq!(judge_form("_dmarc.my_host-1.xn--bcher-kva.de"), Ok(()));
    }
}
