//! Why a connection could not be secured, in words that its owner can act upon.

use super::failure::AttemptFailure;
use super::watched::TooMuch;
use rustls::{AlertDescription, CertificateError as Flaw};
use rustls_pki_types::UnixTime;
use std::io;

/// How many of a certificate's names are told, and how much of each: they are whatever the receiver wrote.
const MOST_NAMES: usize = 3;
const LONGEST_NAME: usize = 100;
/// How much is told in all, in characters. Of some flaws TLS itself tells all that the certificate says, such as each
/// purpose that it is for, of which there may be thousands.
const LONGEST_REASON: usize = 300;

/// What is said of a certificate that no known authority stands behind.
const NOT_TRUSTED: &str = "the receiver's certificate is not trusted: it is self-signed, its issuer is unknown, or \
     an intermediate certificate is not sent";

/// Why a connection could not be secured.
pub(super) fn failure(error: &io::Error) -> AttemptFailure {
    let reason = match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(error) => reason(error),
        None if TooMuch::within(error).is_some() => {
            "the receiver sent more than 1 MiB while the connection was being secured".to_owned()
        }
        None if error.kind() == io::ErrorKind::InvalidData => {
            "the receiver sent more at once than TLS has room for".to_owned()
        }
        None if error.kind() == io::ErrorKind::ConnectionReset => {
            "the receiver reset the connection while it was being secured".to_owned()
        }
        None => "the receiver closed the connection while it was being secured".to_owned(),
    };
    AttemptFailure::Tls(cut(&reason))
}

fn cut(reason: &str) -> String {
    reason.chars().filter(|character| !character.is_control()).take(LONGEST_REASON).collect()
}

fn reason(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(flaw) => flaw_of_certificate(flaw),
        rustls::Error::InvalidMessage(_) => {
            "the receiver does not speak TLS on this port; it may be one for plain HTTP".to_owned()
        }
        rustls::Error::PeerIncompatible(_) => {
            "the receiver supports no TLS version or cipher that we do".to_owned()
        }
        rustls::Error::AlertReceived(AlertDescription::NoApplicationProtocol) => {
            "the receiver does not speak HTTP/1.1 on this port; it may be one for HTTP/2 alone".to_owned()
        }
        rustls::Error::AlertReceived(alert) => {
            format!("the receiver refused to secure the connection (TLS alert {alert:?})")
        }
        _ => format!("the connection could not be secured: {error}"),
    }
}

fn flaw_of_certificate(flaw: &Flaw) -> String {
    match flaw {
        Flaw::ExpiredContext { time, not_after } => {
            format!("the receiver's certificate expired {} ago", span(*not_after, *time))
        }
        Flaw::Expired => "the receiver's certificate has expired".to_owned(),
        Flaw::NotValidYetContext { time, not_before } => {
            format!("the receiver's certificate is not valid yet, but in {}", span(*time, *not_before))
        }
        Flaw::NotValidYet => "the receiver's certificate is not valid yet".to_owned(),
        Flaw::NotValidForNameContext { presented, .. } => {
            format!("the receiver's certificate is for another name{}", names(presented))
        }
        Flaw::NotValidForName => "the receiver's certificate is for another name".to_owned(),
        // A bad signature: its issuer has the name of an authority that we know, and not the key.
        Flaw::UnknownIssuer | Flaw::BadSignature => NOT_TRUSTED.to_owned(),
        // What `openssl req -x509` makes: its own authority and the receiver's certificate in one.
        Flaw::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => NOT_TRUSTED.to_owned(),
        Flaw::Revoked => "the receiver's certificate has been revoked".to_owned(),
        _ => format!("the receiver's certificate is not valid: {flaw}"),
    }
}

/// The time between two moments, in the largest unit that fits.
fn span(from: UnixTime, to: UnixTime) -> String {
    let minutes = to.as_secs().saturating_sub(from.as_secs()) / 60;
    let (count, unit) = match minutes {
        0..60 => (minutes, "minute"),
        60..1_440 => (minutes / 60, "hour"),
        _ => (minutes / 1_440, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// `: a.example, b.example and 3 more`, from what rustls says of the names: `DnsName("a.example")`.
fn names(presented: &[String]) -> String {
    let told: Vec<_> = presented.iter().take(MOST_NAMES).map(|name| plain(name)).collect();
    let more = presented.len().saturating_sub(MOST_NAMES);
    match (told.is_empty(), more) {
        (true, _) => String::new(),
        (false, 0) => format!(": {}", told.join(", ")),
        (false, more) => format!(": {} and {more} more", told.join(", ")),
    }
}

/// The name alone, of the characters that names of hosts are made of.
fn plain(presented: &str) -> String {
    let name = presented.split_once('(').map_or(presented, |(_, name)| name);
    let belongs = |character: &char| character.is_ascii_alphanumeric() || "-._*:".contains(*character);
    name.chars().filter(belongs).take(LONGEST_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn spans_are_told_in_the_largest_unit_that_fits() {
        let at = |seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        for (seconds, words) in [
            (0, "0 minutes"),
            (60, "1 minute"),
            (3_599, "59 minutes"),
            (3_600, "1 hour"),
            (86_399, "23 hours"),
            (86_400, "1 day"),
            (3 * 86_400, "3 days"),
        ] {
            assert_eq!(span(at(1_000_000), at(1_000_000 + seconds)), words);
        }
    }

    #[test]
    fn a_reason_has_an_end_and_no_control_characters() {
        let written = rustls::Error::General(format!("a\0\r\n\u{1b}[2Jb{}", "\u{e9}".repeat(100_000)));
        let told = failure(&io::Error::other(written)).to_string();
        assert!(
            told.starts_with("the connection could not be secured: ") && told.contains(": a[2Jb\u{e9}"),
            "{told}"
        );
        assert_eq!(told.chars().count(), LONGEST_REASON);
    }

    #[test]
    fn names_are_few_short_and_clean() {
        let presented =
            ["DnsName(\"*.a.example\")", "IpAddress(2001:db8::7)", "DnsName(\"<b>\r\n@c\")", "x", "y"];
        let presented = presented.map(str::to_owned);
        assert_eq!(names(&presented), ": *.a.example, 2001:db8::7, bc and 2 more");
        assert_eq!(names(&presented[..1]), ": *.a.example");
        assert_eq!(names(&[]), "");
        assert_eq!(names(&["x".repeat(1_000)]).len(), 2 + LONGEST_NAME);
    }
}
