//! A path with what is asked for behind it.

use super::flags::SpanFlags;
use slotflow_domain::Timestamp;
use std::fmt::Display;
use url::form_urlencoded::Serializer;

/// A path and its query.
#[derive(Clone, Debug)]
pub(super) struct Query {
    path: &'static str,
    members: Vec<(&'static str, String)>,
}

impl Query {
    pub(super) fn of(path: &'static str) -> Self {
        Self { path, members: Vec::new() }
    }

    /// With this member, if it has a value.
    pub(super) fn with(mut self, name: &'static str, value: Option<impl Display>) -> Self {
        self.members.extend(value.map(|value| (name, value.to_string())));
        self
    }

    /// With the span in which what is listed was created.
    pub(super) fn within(self, span: &SpanFlags, now: Timestamp) -> Self {
        let moment = |given: Option<super::moment::Moment>| given.map(|moment| moment.seen_from(now));
        self.with("created_after", moment(span.since)).with("created_before", moment(span.until))
    }

    /// As it is sent.
    pub(super) fn text(&self) -> String {
        if self.members.is_empty() {
            return self.path.to_owned();
        }
        let members = Serializer::new(String::new()).extend_pairs(&self.members).finish();
        format!("{}?{members}", self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_asked_for_is_sent_and_encoded() {
        assert_eq!(Query::of("/v1/events").with("event", None::<&str>).text(), "/v1/events");
        let query = Query::of("/v1/events").with("event", Some("a&b c")).with("limit", Some(7));
        assert_eq!(query.text(), "/v1/events?event=a%26b+c&limit=7");
    }
}
