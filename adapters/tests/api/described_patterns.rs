//! The patterns of the description against the rules that they tell of: whatever a rule accepts must match, or clients
//! made from the description would refuse to send it.

use regex::Regex;
use serde_json::Value;
use slotflow_adapters::api::description;
use slotflow_domain::booking::{AttendeeEmail, AttendeeName};
use slotflow_domain::event::EventType;
use slotflow_domain::idempotency::IdempotencyKey;
use slotflow_domain::webhook::{UrlRules, WebhookUrl};

/// The pattern at a place of the description.
fn pattern(pointer: &str) -> Regex {
    let description: Value = serde_json::from_str(&description()).unwrap();
    let pattern = description.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer}"));
    Regex::new(pattern).unwrap()
}

/// Texts that both accept, and texts that both refuse.
fn agree(pointer: &str, rule: impl Fn(&str) -> bool, accepted: &[&str], refused: &[&str]) {
    let pattern = pattern(pointer);
    for text in accepted {
        assert!(rule(text), "the rule refuses {text:?}");
        assert!(pattern.is_match(text), "the pattern refuses {text:?}");
    }
    for text in refused {
        assert!(!rule(text), "the rule accepts {text:?}");
        assert!(!pattern.is_match(text), "the pattern accepts {text:?}");
    }
}

#[test]
fn the_pattern_of_urls_refuses_no_url_that_is_accepted() {
    agree(
        "/components/schemas/WebhookUrl/pattern",
        |text| WebhookUrl::parse(text, &UrlRules::strict()).is_ok(),
        &[
            "https://acme.dev",
            "HTTPS://Acme.Dev:8443/hooks?token=a@b",
            "https://acme.dev/a b/é?ü=%zz",
            "https:acme.dev",
            r"https:\\acme.dev\hooks",
            "https:////acme.dev//",
            "https://bücher.de./@",
            "https://8.8.8.8/",
            "https://[2606:4700::1111]/",
            "https://acme.dev?https://user@other.dev",
        ],
        &[
            "",
            "acme.dev",
            "http://acme.dev/",
            "ftp://acme.dev/",
            "https:",
            "https://",
            "https://user@acme.dev/",
            "https://:@acme.dev/",
            "https://@acme.dev/",
            r"https:\\user@acme.dev\",
            "https://acme.dev/#",
            "https://acme.dev/#part",
            "https://acme.dev/\n",
            "https://ac\tme.dev/",
            "https://acme.dev/\u{0}",
            "https://acme.dev/\u{85}a",
            " https://acme.dev/",
        ],
    );
}

#[test]
fn the_pattern_of_event_names_is_the_rule() {
    agree(
        "/components/schemas/EventName/pattern",
        |text| EventType::parse(text).is_ok(),
        &["booking.confirmed", "a.b", "_.0.x_y", &format!("{}.b", "a".repeat(98))],
        &["", "booking", ".a", "a.", "a..b", "A.b", "a.b ", "a.b\n", "a-b.c", "é.a"],
    );
}

#[test]
fn the_patterns_of_attendees_are_the_rules() {
    agree(
        "/components/schemas/NewBooking/properties/attendee_name/pattern",
        |text| AttendeeName::parse(text).is_ok(),
        &["Alex Rivera", " ", "Zoë 🦀", "a\u{a0}b"],
        &["", "a\nb", "a\n", "a\u{0}", "\u{7f}", "\u{85}"],
    );
    agree(
        "/components/schemas/NewBooking/properties/attendee_email/pattern",
        |text| AttendeeEmail::parse(text).is_ok(),
        &["alex@startup.io", "\"a@b\"@example.com", "é@ü", "a@@b"],
        &["", "alex", "@b", "a@", "a b@c.d", "a@b c", "a@b\n", "a@b\u{0}", "a\u{85}@b", "a\u{2003}@b"],
    );
}

#[test]
fn the_pattern_of_idempotency_keys_is_the_rule() {
    let description: Value = serde_json::from_str(&description()).unwrap();
    let parameters = description["paths"]["/v1/bookings"]["post"]["parameters"].as_array().unwrap();
    let place = parameters.iter().position(|parameter| parameter["name"] == IdempotencyKey::HEADER).unwrap();
    agree(
        &format!("/paths/~1v1~1bookings/post/parameters/{place}/schema/pattern"),
        |text| IdempotencyKey::parse(text.as_bytes()).is_ok(),
        &["a", "!", "~", "order-7:retry/2"],
        &["", " ", "a b", "a\t", "\u{7f}", "é"],
    );
}
