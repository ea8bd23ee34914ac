//! Requests, prepared to the last byte.

use bytes::Bytes;
use serde_json::json;

/// How long a booking's body is, in bytes.
const BODY: usize = 700;

/// A `POST` of this JSON.
pub(crate) fn post(path: &str, key: &str, body: &str) -> Bytes {
    Bytes::from(format!(
        "POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    ))
}

/// A `GET` without a key.
pub(crate) fn get(path: &str) -> Bytes {
    Bytes::from(format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"))
}

/// A booking as its number says: of a human who has no other.
pub(crate) fn booking(number: usize) -> String {
    let with_notes = |notes: &str| {
        json!({
            "human_id": format!("00000000-0000-4000-8000-{number:012x}"),
            "starts_at": "2031-03-10T14:00:00Z", "duration": 30,
            "attendee_name": "Alex Rivera", "attendee_email": "alex@startup.io",
            "metadata": {
                "lead_id": "lead_8294", "source": "website", "campaign": "spring-2031", "seats": 3,
                "returning": true, "notes": notes,
            },
        })
        .to_string()
    };
    let sentence = "Would like to see the reporting part, and who may change what. ";
    let rest = BODY.saturating_sub(with_notes("").len());
    with_notes(&sentence.chars().cycle().take(rest).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_booking_is_as_long_as_the_others() {
        for number in [0, 1, 1_000_000] {
            assert_eq!(booking(number).len(), BODY);
        }
    }
}
