//! Webhook URLs: lists of hostile and good ones, and what holds for any of them.

use proptest::prelude::*;
use slotflow_domain::Rejection;
use slotflow_domain::webhook::{
    AddressRefusal, Host, LocalName, MalformedName, UrlRejection, UrlRules, WebhookUrl,
};
use std::collections::HashSet;

const HOSTILE: &str = include_str!("urls/hostile.txt");
const GOOD: &str = include_str!("urls/good.txt");

fn lines(list: &str) -> impl Iterator<Item = &str> {
    list.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The reason as the hostile list calls it.
fn reason(rejection: &UrlRejection) -> String {
    match rejection {
        UrlRejection::TooLong => "too long".into(),
        UrlRejection::ControlCharacter => "control character".into(),
        UrlRejection::SurroundingWhitespace => "whitespace".into(),
        UrlRejection::NotAUrl(_) => "not a url".into(),
        UrlRejection::UnknownScheme => "scheme".into(),
        UrlRejection::NotEncrypted => "http".into(),
        UrlRejection::UserInfo => "user info".into(),
        UrlRejection::Fragment => "fragment".into(),
        UrlRejection::PortZero => "port 0".into(),
        UrlRejection::HostName(MalformedName::TooLong) => "host name: too long".into(),
        UrlRejection::HostName(MalformedName::LabelTooLong) => "host name: label too long".into(),
        UrlRejection::HostName(MalformedName::EmptyLabel) => "host name: empty label".into(),
        UrlRejection::HostName(MalformedName::Character(_)) => "host name: character".into(),
        UrlRejection::HostName(MalformedName::HyphenAtEdge) => "host name: hyphen at edge".into(),
        UrlRejection::LocalName { why: LocalName::SingleLabel, .. } => "local name: single label".into(),
        UrlRejection::LocalName { why: LocalName::Under(name), .. } => format!("local name: {name}"),
        UrlRejection::Address { why: AddressRefusal::NotPublic(why), .. } => format!("address: {why}"),
        UrlRejection::Address { why: AddressRefusal::Denied, .. } => "address: denied".into(),
    }
}

fn strict(text: &str) -> Result<WebhookUrl, UrlRejection> {
    WebhookUrl::parse(text, &UrlRules::strict())
}

#[test]
fn every_hostile_url_is_refused_for_its_reason() {
    let mut expected = "";
    let mut wrong = Vec::new();
    let mut seen = HashSet::new();
    for line in lines(HOSTILE) {
        if let Some(reason) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            expected = reason;
            continue;
        }
        let text: String = serde_json::from_str(line).unwrap();
        let given = strict(&text).as_ref().map_or_else(reason, |url| url.canonical().as_str().to_owned());
        if given != expected {
            wrong.push(format!("{line}: {given}, not {expected}"));
        }
        assert!(seen.insert(text), "twice in the list: {line}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen.len() >= 150, "only {} hostile URLs", seen.len());
}

#[test]
fn every_good_url_is_accepted_and_has_its_canonical_form() {
    let mut wrong = Vec::new();
    let mut seen = HashSet::new();
    for line in lines(GOOD) {
        let (text, canonical): (String, String) = serde_json::from_str(line).unwrap();
        match strict(&text) {
            Ok(url) => {
                assert_eq!(url.as_sent(), text);
                if url.canonical().as_str() != canonical {
                    wrong.push(format!("{line}: {}", url.canonical().as_str()));
                }
            }
            Err(rejection) => wrong.push(format!("{line}: {rejection}")),
        }
        assert!(seen.insert(text), "twice in the list: {line}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen.len() >= 50, "only {} good URLs", seen.len());
}

#[test]
fn urls_that_are_the_same_have_the_same_digest_and_others_another() {
    let mut by_digest = std::collections::HashMap::new();
    for line in lines(GOOD) {
        let (text, canonical): (String, String) = serde_json::from_str(line).unwrap();
        let digest = strict(&text).unwrap().canonical().digest();
        assert_eq!(by_digest.entry(digest).or_insert(canonical.clone()), &canonical);
    }
    let canonical: HashSet<_> = by_digest.values().collect();
    assert_eq!(canonical.len(), by_digest.len(), "one canonical form, two digests");
}

#[test]
fn characters_are_counted_not_bytes() {
    let prefix = "https://example.com/";
    let longest = format!("{prefix}{}", "é".repeat(2_048 - prefix.len()));
    assert!(strict(&longest).is_ok());
    assert_eq!(strict(&format!("{longest}é")), Err(UrlRejection::TooLong));
    assert_eq!(strict(&"a".repeat(1_000_000)), Err(UrlRejection::TooLong));
}

#[test]
fn what_a_sender_needs_is_read_from_the_parsed_url() {
    let url = strict("https://Bücher.Example.com.:8443\\a/../b?q=é").unwrap();
    assert_eq!(url.host(), Host::Name("xn--bcher-kva.example.com"));
    assert_eq!((url.port(), url.is_https()), (8443, true));
    assert_eq!(url.path_and_query(), "/b?q=%C3%A9");

    let url = strict("https://0x8.8.8.8").unwrap();
    assert_eq!(url.host(), Host::Ip([8, 8, 8, 8].into()));
    assert_eq!((url.port(), url.path_and_query()), (443, "/"));

    let url = WebhookUrl::parse("http://[::1]", &UrlRules::development()).unwrap();
    assert_eq!(url.host(), Host::Ip("::1".parse().unwrap()));
    assert_eq!((url.port(), url.is_https()), (80, false));
}

#[test]
fn development_permits_http_and_names_of_ones_own_network() {
    for text in [
        "http://localhost:3000/hook",
        "http://127.0.0.1:3000/",
        "http://[::1]:3000/",
        "https://10.0.0.5/",
        "http://receiver:8080/",
        "http://my_receiver/",
        "https://printer.local/",
        "http://host.docker.internal/",
        "https://example.com/",
    ] {
        assert!(WebhookUrl::parse(text, &UrlRules::development()).is_ok(), "{text}");
    }
}

#[test]
fn development_permits_nothing_that_cannot_work() {
    for (text, expected) in [
        ("ftp://localhost/", "scheme"),
        ("http://user@localhost/", "user info"),
        ("http://localhost:0/", "port 0"),
        ("http://localhost/#x", "fragment"),
        ("http://a..localhost/", "host name: empty label"),
        ("http://0.0.0.0/", "address: this network"),
        ("http://169.254.169.254/", "address: cloud metadata"),
        ("http://[fd00:ec2::254]/", "address: cloud metadata"),
        ("http://[::ffff:127.0.0.1]/", "address: IPv4-mapped"),
        ("http://224.0.0.1/", "address: multicast"),
    ] {
        let rejection = WebhookUrl::parse(text, &UrlRules::development()).unwrap_err();
        assert_eq!(reason(&rejection), expected, "{text}");
    }
}

#[test]
fn one_relaxed_rule_does_not_relax_another() {
    let only_http = UrlRules { allow_http: true, ..UrlRules::strict() };
    assert!(WebhookUrl::parse("http://example.com/", &only_http).is_ok());
    assert!(WebhookUrl::parse("http://localhost/", &only_http).is_err());
    assert!(WebhookUrl::parse("http://10.0.0.1/", &only_http).is_err());

    let only_private = UrlRules { allow_private_networks: true, ..UrlRules::strict() };
    assert!(WebhookUrl::parse("https://localhost/", &only_private).is_ok());
    assert!(WebhookUrl::parse("http://localhost/", &only_private).is_err());

    let only_nat64 = UrlRules { allow_nat64: true, ..UrlRules::strict() };
    assert!(WebhookUrl::parse("https://[64:ff9b::8.8.8.8]/", &only_nat64).is_ok());
    assert!(WebhookUrl::parse("https://[64:ff9b::10.0.0.1]/", &only_nat64).is_err());
    assert!(WebhookUrl::parse("https://[::ffff:8.8.8.8]/", &only_nat64).is_err());
}

#[test]
fn operators_open_and_close_networks_for_every_spelling_of_an_address() {
    let allowed = vec!["10.1.0.0/16".parse().unwrap()];
    let denied = vec!["10.1.2.0/24".parse().unwrap(), "8.8.8.8".parse().unwrap()];
    let rules = UrlRules { allowed, denied, ..UrlRules::strict() };
    let verdict = |text: &str| match WebhookUrl::parse(text, &rules) {
        Ok(url) => url.canonical().as_str().to_owned(),
        Err(rejection) => reason(&rejection),
    };
    for spelled in ["10.1.0.1", "167837697", "0xa.1.1", "012.1.0.1.", "１0.1.0.1"] {
        assert_eq!(verdict(&format!("https://{spelled}/")), "https://10.1.0.1/", "{spelled}");
    }
    for spelled in ["10.1.2.3", "167838211", "0xa.1.515", "8.8.8.8", "0x8080808"] {
        assert_eq!(verdict(&format!("https://{spelled}/")), "address: denied", "{spelled}");
    }
    assert_eq!(verdict("https://10.2.0.1/"), "address: private network");
    assert_eq!(verdict("https://[::ffff:10.1.0.1]/"), "address: IPv4-mapped");
    // Names are not addresses: a list of networks opens none.
    assert_eq!(verdict("https://localhost/"), "local name: localhost");
    let message = Rejection::from(WebhookUrl::parse("https://8.8.8.8/", &rules).unwrap_err()).to_string();
    assert_eq!(message, "url: host 8.8.8.8 is in a network that this installation does not send to");
}

#[test]
fn a_stored_url_is_read_even_if_the_rules_have_changed() {
    let text = "http://LOCALHOST.:3000/hook";
    let accepted = WebhookUrl::parse(text, &UrlRules::development()).unwrap();
    let stored = WebhookUrl::from_stored(text).unwrap();
    assert_eq!(stored, accepted);
    assert_eq!(stored.judge(&UrlRules::strict()), Err(UrlRejection::NotEncrypted));
    for not_a_url in ["", "localhost", "ftp://example.com/", "https://user@example.com/", "https://./"] {
        assert!(WebhookUrl::from_stored(not_a_url).is_err(), "{not_a_url}");
    }
}

#[test]
fn the_message_names_the_field_and_the_reason() {
    for (text, message) in [
        ("http://example.com/", "url: must use https"),
        ("https://u:p@example.com/", "url: must not contain a user name or password"),
        ("https://0xa.0.0.1/", "url: host 10.0.0.1 is not a public address (private network)"),
        (
            "https://[::ffff:7f00:1]/",
            "url: host ::ffff:127.0.0.1 is not a public address (IPv4-mapped loopback)",
        ),
        ("https://Printer.local/", "url: host printer.local is not a public name (local is a local name)"),
        ("https://printer/", "url: host printer is not a public name (it has no dot)"),
        ("https://a..com/", "url: must have a host name that DNS can hold (a label is empty)"),
        ("https://1.2.3.256/", "url: must be an absolute URL (invalid IPv4 address)"),
    ] {
        assert_eq!(Rejection::from(strict(text).unwrap_err()).to_string(), message);
    }
}

#[test]
fn debug_shows_no_path_and_no_query() {
    let url = strict("https://example.com:8443/services/T0KEN?key=s3cret").unwrap();
    let shown = format!("{url:?} {:?}", url.canonical());
    assert_eq!(shown, "https://example.com:8443/… https://example.com:8443/…");
}

/// Texts near to URLs: pieces that parsers have stumbled over, in any order.
fn nearly_a_url() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            "https:", "http:", "//", "/", "\\", "@", ":", "?", "#", "[", "]", ".", "..", "%", "%2e", "%00", "::", "0x", "xn--",
            "example", "com", "localhost", "127", "1", "ffff", "443", "-", "_", "é", "。", "\u{ad}", "\u{200b}", " ", "\t", "\0",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    let start =
        prop::sample::select(vec!["", "https:", "https://", "https://example.com", "https://[2a00::1]"]);
    (start, prop::collection::vec(piece, 0..12))
        .prop_map(|(start, pieces)| start.to_owned() + &pieces.concat())
}

/// A good URL in a plain spelling: host, explicit port if any, path, query if any.
fn plain_url() -> impl Strategy<Value = (String, Option<u16>, String, Option<String>)> {
    (
        prop_oneof!["[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,4})?\\.(com|net|io|co\\.uk)", Just("8.8.8.8".to_owned())],
        prop::option::of(1..=u16::MAX),
        "(/[a-zA-Z0-9_~%-]{0,6}){0,4}",
        prop::option::of("[a-zA-Z0-9=&%/?:@-]{0,12}"),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        let _ = strict(&text);
        let _ = WebhookUrl::parse(&text, &UrlRules::development());
        let _ = strict(&format!("https://{text}"));
    }

    #[test]
    fn whatever_is_accepted_keeps_the_invariants(text in nearly_a_url()) {
        for rules in [UrlRules::strict(), UrlRules::development()] {
            let Ok(url) = WebhookUrl::parse(&text, &rules) else { continue };
            prop_assert_eq!(url.as_sent(), &text);
            prop_assert!(url.port() != 0);
            let path = url.path_and_query();
            prop_assert!(path.starts_with('/') && path.is_ascii() && !path.contains(['#', ' ']), "{}", path);
            prop_assert!(url.canonical().as_str().ends_with(path));
            if let Host::Name(name) = url.host() {
                prop_assert!(!name.ends_with('.') && name.bytes().all(|b| b.is_ascii_graphic() && !b.is_ascii_uppercase()));
                prop_assert!(!name.contains('@'));
            }
            prop_assert_eq!(&WebhookUrl::from_stored(&text).unwrap(), &url);
        }
    }

    #[test]
    fn the_canonical_form_of_a_canonical_form_is_itself(text in nearly_a_url()) {
        for rules in [UrlRules::strict(), UrlRules::development()] {
            let Ok(url) = WebhookUrl::parse(&text, &rules) else { continue };
            // Encoding makes it longer, perhaps too long to be sent in.
            prop_assume!(url.canonical().as_str().len() <= 2_048);
            let again = WebhookUrl::parse(url.canonical().as_str(), &rules);
            prop_assert_eq!(again.as_ref().map(WebhookUrl::canonical), Ok(url.canonical()), "{}", text);
        }
    }

    #[test]
    fn spellings_of_one_url_have_one_canonical_form(
        (host, port, path, query) in plain_url(),
        shout_scheme: bool, shout_host: bool, dot: bool, default_port: bool, backslashes: bool,
        detour in prop::sample::select(vec!["", "/.", "/x/..", "/%2e", "/x/%2E%2e"]),
    ) {
        let query = query.map_or_else(String::new, |query| format!("?{query}"));
        let port_text = port.map_or_else(String::new, |port| format!(":{port}"));
        let plain = strict(&format!("https://{host}{port_text}{path}{query}")).unwrap();

        let scheme = if shout_scheme { "HTTPS" } else { "https" };
        let host = if shout_host { host.to_uppercase() } else { host };
        let dot = if dot { "." } else { "" };
        let port_text = if default_port && matches!(port, None | Some(443)) { ":443".to_owned() } else { port_text };
        let path = if path.is_empty() { "/".to_owned() } else { path };
        let path = if backslashes { path.replace('/', "\\") } else { path };
        let other = strict(&format!("{scheme}://{host}{dot}{port_text}{detour}{path}{query}")).unwrap();

        prop_assert_eq!(plain.canonical(), other.canonical());
        prop_assert_eq!(plain.canonical().digest(), other.canonical().digest());
    }

    #[test]
    fn no_user_info_is_ever_accepted(user in "[a-z0-9.:%]{0,12}", (host, _, path, _) in plain_url()) {
        let rejection = strict(&format!("https://{user}@{host}{path}")).unwrap_err();
        prop_assert_eq!(rejection, UrlRejection::UserInfo);
    }

    #[test]
    fn every_spelling_of_an_ipv4_address_gets_the_same_verdict(bits: u32, near in 0_u8..4, form in 0_u8..6) {
        // Three of four times inside a network that is refused.
        let bits = match near { 0 => 0x0a00_0000 | bits >> 8, 1 => 0x7f00_0000 | bits >> 8, 2 => 0xc0a8_0000 | bits >> 16, _ => bits };
        let [a, b, c, d] = bits.to_be_bytes();
        let spelled = match form {
            0 => format!("{bits}"),
            1 => format!("0x{bits:x}"),
            2 => format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
            3 => format!("{a}.{}", bits & 0x00ff_ffff),
            4 => format!("{a}。{b}．{c}｡{d}"),
            _ => format!("%{:02x}{}.{b}.{c}.0x{d:X}.", a.to_string().as_bytes()[0], &a.to_string()[1..]),
        };
        let plain = strict(&format!("https://{a}.{b}.{c}.{d}/")).map(|url| url.canonical().clone());
        let other = strict(&format!("https://{spelled}/")).map(|url| url.canonical().clone());
        prop_assert_eq!(plain, other, "{}", spelled);
    }
}
