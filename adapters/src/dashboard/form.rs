//! What was typed and chosen: forms, and the queries that filters make.

use super::failure::PageFailure;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum_extra::extract::Form;
use std::convert::Infallible;

/// Fields with their values, in order. Browsers send every field of a form, so that one left empty is as good as none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields(pub(super) Vec<(String, String)>);

impl Fields {
    fn of(pairs: Vec<(String, String)>) -> Self {
        let trimmed = pairs.into_iter().map(|(name, value)| (name, value.trim().to_owned()));
        Self(trimmed.filter(|(_, value)| !value.is_empty()).collect())
    }

    /// The value of a field; of several the first.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// All values of a field, such as of boxes that were ticked.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(given, _)| given == name).map(|(_, value)| value.as_str())
    }
}

/// The fields of a URL's query.
#[derive(Clone, Debug)]
pub(super) struct QueryFields(pub(super) Fields);

impl<S: Send + Sync> FromRequestParts<S> for QueryFields {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        // Any query string is a list of pairs: what could not be one has failed as a URI already.
        let pairs = Query::try_from_uri(&parts.uri).map_or_else(|_| Vec::new(), |Query(pairs)| pairs);
        Ok(Self(Fields::of(pairs)))
    }
}

/// The fields of a form that was sent.
pub(super) struct FormFields(pub(super) Fields);

impl<S: Send + Sync> FromRequest<S> for FormFields {
    type Rejection = PageFailure;

    async fn from_request(request: Request, state: &S) -> Result<Self, PageFailure> {
        match Form::<Vec<(String, String)>>::from_request(request, state).await {
            Ok(Form(pairs)) => Ok(Self(Fields::of(pairs))),
            Err(_) => Err(PageFailure::Invalid("the form could not be read, or is too large".to_owned())),
        }
    }
}
