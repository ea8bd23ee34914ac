//! One member of a request, read by someone who knows its name.

use super::json_object::decode;
use serde_json::value::RawValue;
use slotflow_domain::{Rejection, json_text};
use std::borrow::Cow;
use std::fmt::Display;

/// A known member of a JSON object: how often it was given, and as what.
#[derive(Clone, Copy)]
pub(super) struct Member<'a> {
    name: &'static str,
    occurrence: Occurrence<'a>,
}

#[derive(Clone, Copy)]
enum Occurrence<'a> {
    Absent,
    Once(&'a RawValue),
    Repeated,
}

impl<'a> Member<'a> {
    /// A member that has not been seen.
    pub(super) const fn absent(name: &'static str) -> Self {
        Self { name, occurrence: Occurrence::Absent }
    }

    pub(super) const fn name(&self) -> &'static str {
        self.name
    }

    /// Notes that the member was seen with this value.
    pub(super) fn give(&mut self, value: &'a RawValue) {
        self.occurrence = match self.occurrence {
            Occurrence::Absent => Occurrence::Once(value),
            Occurrence::Once(_) | Occurrence::Repeated => Occurrence::Repeated,
        };
    }

    /// The value; `null` is none.
    pub(super) fn required(self) -> Result<MemberValue<'a>, Rejection> {
        self.optional()?.ok_or_else(|| Rejection::new(self.name, "must be given"))
    }

    /// The value, if there is one; `null` is none.
    pub(super) fn optional(self) -> Result<Option<MemberValue<'a>>, Rejection> {
        Ok(self.given()?.filter(|value| !value.is_null()))
    }

    /// The value of what is to be changed, if it is: `null`, which one might take for "unset", is refused.
    pub(super) fn changed(self) -> Result<Option<MemberValue<'a>>, Rejection> {
        match self.given()? {
            Some(value) if value.is_null() => Err(Rejection::new(self.name, "must not be null")),
            other => Ok(other),
        }
    }

    fn given(self) -> Result<Option<MemberValue<'a>>, Rejection> {
        match self.occurrence {
            Occurrence::Absent => Ok(None),
            Occurrence::Once(raw) => Ok(Some(MemberValue { name: self.name, raw })),
            Occurrence::Repeated => Err(Rejection::new(self.name, "must not be given twice")),
        }
    }
}

/// The value of a member that was given once.
#[derive(Clone, Copy)]
pub(super) struct MemberValue<'a> {
    name: &'static str,
    raw: &'a RawValue,
}

impl<'a> MemberValue<'a> {
    /// The value's own text.
    pub(super) const fn raw(self) -> &'a RawValue {
        self.raw
    }

    /// A string.
    pub(super) fn string(self) -> Result<Cow<'a, str>, Rejection> {
        self.decode(self.raw, "must be a string")
    }

    /// A string that stands for a `T`.
    pub(super) fn parsed<T, E: Display>(
        self,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, Rejection> {
        parse(&self.string()?).map_err(|rule| Rejection::new(self.name, rule.to_string()))
    }

    /// An array of strings.
    pub(super) fn strings(self) -> Result<Vec<String>, Rejection> {
        const RULE: &str = "must be an array of strings";
        let elements: Vec<&RawValue> = serde_json::from_str(self.raw.get()).map_err(|_| self.breaks(RULE))?;
        elements.into_iter().map(|element| self.decode(element, RULE).map(Cow::into_owned)).collect()
    }

    /// An integer, however it is written: `30.0` and `3e1` are 30, as JSON knows one kind of number only. One
    /// that no rule could allow comes out as the nearest that can be represented.
    pub(super) fn integer(self) -> Result<i64, Rejection> {
        let text = self.raw.get();
        if let Ok(exact) = text.parse() {
            return Ok(exact);
        }
        match text.parse::<f64>() {
            // Casting saturates, also what is too large for a float.
            Ok(number) if number.is_infinite() || number.fract() == 0.0 => Ok(number as i64),
            _ => Err(self.breaks("must be an integer")),
        }
    }

    /// `true` or `false`.
    pub(super) fn boolean(self) -> Result<bool, Rejection> {
        match self.raw.get() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(self.breaks("must be true or false")),
        }
    }

    fn is_null(&self) -> bool {
        self.raw.get() == "null"
    }

    /// Decodes a string, which is this value or within it.
    fn decode(&self, raw: &'a RawValue, rule: &'static str) -> Result<Cow<'a, str>, Rejection> {
        if !raw.get().starts_with('"') {
            return Err(self.breaks(rule));
        }
        json_text::scan(raw.get(), usize::MAX).map_err(|flaw| Rejection::new(self.name, flaw.to_string()))?;
        decode(raw).ok_or_else(|| self.breaks(rule))
    }

    fn breaks(&self, rule: &'static str) -> Rejection {
        Rejection::new(self.name, rule)
    }
}
