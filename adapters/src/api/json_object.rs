//! A JSON object, taken apart into the members that a request knows.

use super::error::ApiError;
use super::member::Member;
use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use slotflow_domain::Rejection;
use std::borrow::Cow;
use std::fmt;

/// A text that should be a JSON object.
///
/// Members are found, not decoded: each keeps its text until a [`Member`] reads it knowing its name, so that
/// what is wrong is said in the contract's words and not in a parser's. Unknown members are passed over,
/// whatever they hold; neither they nor what they are nested in costs stack.
#[derive(Clone, Copy)]
pub(super) struct JsonObjectText<'a>(&'a str);

impl<'a> JsonObjectText<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self(text)
    }

    /// The members with these names, in this order.
    ///
    /// # Errors
    /// 400 for text that is not JSON, 422 for JSON that is not an object.
    pub(super) fn members<const N: usize>(
        self,
        names: [&'static str; N],
    ) -> Result<[Member<'a>; N], ApiError> {
        let mut parser = serde_json::Deserializer::from_str(self.0);
        let found = parser.deserialize_map(Finder(names.map(Member::absent)));
        match found.and_then(|members| parser.end().map(|()| members)) {
            Ok(members) => Ok(members),
            Err(_) => Err(self.what_is_wrong()),
        }
    }

    /// The parser stops at the first thing that it did not expect, which need not be a fault in the JSON. A
    /// second look at the text alone tells the two apart; only refused requests pay for it.
    fn what_is_wrong(self) -> ApiError {
        match serde_json::from_str::<IgnoredAny>(self.0) {
            Ok(_) => Rejection::new("body", "must be a JSON object").into(),
            Err(error) => ApiError::malformed(format!(
                "the body is not well-formed JSON (line {}, column {})",
                error.line(),
                error.column()
            )),
        }
    }
}

/// Collects the members that are asked for.
struct Finder<'a, const N: usize>([Member<'a>; N]);

impl<'de, const N: usize> Visitor<'de> for Finder<'de, N> {
    type Value = [Member<'de>; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self::Value, A::Error> {
        while let Some((name, value)) = map.next_entry::<&RawValue, &RawValue>()? {
            let Some(name) = decode(name) else { continue };
            if let Some(member) = self.0.iter_mut().find(|member| member.name() == name) {
                member.give(value);
            }
        }
        Ok(self.0)
    }
}

/// The text that a JSON string stands for; nothing if it has a lone surrogate, or is no string.
pub(super) fn decode(raw: &RawValue) -> Option<Cow<'_, str>> {
    let inside = raw.get().strip_prefix('"')?.strip_suffix('"')?;
    if inside.contains('\\') {
        serde_json::from_str(raw.get()).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(inside))
    }
}
