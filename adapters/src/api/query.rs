//! The parameters of a query string.

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use slotflow_application::ports::DEFAULT_PAGE;
use slotflow_domain::{Rejection, Timestamp};
use std::convert::Infallible;
use std::fmt::Display;

/// How many things a page holds at the most.
const MAX_LIMIT: u32 = 100;

/// What a query string says. Parameters that nobody asks for are ignored; one that is asked for must be
/// given once at most and hold something: an empty one is more often a mistake than a wish for everything.
///
/// Broken percent-encoding comes out as characters that no known parameter may hold.
pub(super) struct QueryString(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for QueryString {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        // Any query string is a list of pairs: what could not be one has failed as a URI already.
        let pairs = Query::try_from_uri(&parts.uri).map_or_else(|_| Vec::new(), |Query(pairs)| pairs);
        Ok(Self(pairs))
    }
}

impl QueryString {
    /// A parameter's text.
    pub(super) fn text(&self, name: &'static str) -> Result<Option<&str>, Rejection> {
        let mut values = self.0.iter().filter(|(given, _)| given == name).map(|(_, value)| value.as_str());
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(Rejection::new(name, "must not be given twice")),
            (Some(""), None) => Err(Rejection::new(name, "must not be empty")),
            (value, None) => Ok(value),
        }
    }

    /// A parameter that stands for a `T`.
    pub(super) fn parsed<T, E: Display>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Rejection> {
        let text = self.text(name)?;
        text.map(parse).transpose().map_err(|rule| Rejection::new(name, rule.to_string()))
    }

    /// A moment.
    pub(super) fn time(&self, name: &'static str) -> Result<Option<Timestamp>, Rejection> {
        self.parsed(name, read_time)
    }

    /// A moment, or a whole day: the moment that it begins.
    pub(super) fn time_or_start_of_day(&self, name: &'static str) -> Result<Option<Timestamp>, Rejection> {
        self.parsed(name, |text| read_time_or_day(text, "T00:00:00.000Z"))
    }

    /// A moment, or a whole day: the last moment of it.
    pub(super) fn time_or_end_of_day(&self, name: &'static str) -> Result<Option<Timestamp>, Rejection> {
        self.parsed(name, |text| read_time_or_day(text, "T23:59:59.999Z"))
    }

    /// `true` or `false`; not given is false.
    pub(super) fn flag(&self, name: &'static str) -> Result<bool, Rejection> {
        let flag = self.parsed(name, |text| text.parse().map_err(|_| "must be true or false"))?;
        Ok(flag.unwrap_or(false))
    }

    /// `limit`: how many things are wanted.
    pub(super) fn limit(&self) -> Result<u32, Rejection> {
        let rule = || format!("must be 1 to {MAX_LIMIT}");
        let limit = self.parsed("limit", |text| match u32::try_from(number(text)) {
            Ok(limit @ 1..=MAX_LIMIT) => Ok(limit),
            _ => Err(rule()),
        })?;
        Ok(limit.unwrap_or(DEFAULT_PAGE))
    }

    /// `offset`: how many things are to be passed over. At most `i64::MAX`, beyond which no store counts.
    pub(super) fn offset(&self) -> Result<u64, Rejection> {
        let offset = self.parsed("offset", |text| {
            u64::try_from(number(text)).map_err(|_| format!("must be 0 to {}", i64::MAX))
        })?;
        Ok(offset.unwrap_or(0))
    }
}

/// A number in decimal digits and nothing else; -1, which no rule allows, for what is none or too large.
fn number(text: &str) -> i64 {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().unwrap_or(-1) } else { -1 }
}

/// A time, even if its `+` was not percent-encoded and so arrives as a space: no time holds one.
fn read_time(text: &str) -> Result<Timestamp, impl Display + use<>> {
    Timestamp::parse_rfc3339(&text.replace(' ', "+"))
}

fn read_time_or_day(text: &str, rest_of_day: &str) -> Result<Timestamp, &'static str> {
    // A date has 10 bytes; nothing of that length is a time.
    let read = if text.len() == 10 {
        Timestamp::parse_rfc3339(&format!("{text}{rest_of_day}")).ok()
    } else {
        read_time(text).ok()
    };
    read.ok_or("must be an RFC 3339 time, such as 2026-03-10T14:05:00Z, or a date, such as 2026-03-10")
}
