//! Reading the columns of a row.

use super::errors::translate;
use sea_orm::{QueryResult, TryGetable};
use slotflow_application::ports::StoreError;
use slotflow_domain::Timestamp;
use std::fmt::Display;
use std::str::FromStr;
use uuid::Uuid;

/// A row as a query answered it. What a column holds that no value of its type is stored as, is corrupt.
pub(super) struct StoredRow<'a>(pub(super) &'a QueryResult);

impl StoredRow<'_> {
    pub(super) fn get<T: TryGetable>(&self, column: &str) -> Result<T, StoreError> {
        self.0.try_get_by(column).map_err(translate)
    }

    pub(super) fn uuid(&self, column: &str) -> Result<Uuid, StoreError> {
        self.get(column)
    }

    pub(super) fn text(&self, column: &str) -> Result<String, StoreError> {
        self.get(column)
    }

    pub(super) fn time(&self, column: &str) -> Result<Timestamp, StoreError> {
        moment(column, self.get(column)?)
    }

    pub(super) fn maybe_time(&self, column: &str) -> Result<Option<Timestamp>, StoreError> {
        self.get::<Option<i64>>(column)?.map(|millis| moment(column, millis)).transpose()
    }

    /// A name that one of the domain's enumerations has.
    pub(super) fn named<T>(&self, column: &str) -> Result<T, StoreError>
    where
        T: FromStr,
        T::Err: Display,
    {
        self.text(column)?.parse().map_err(|error| corrupt(column, error))
    }

    pub(super) fn maybe_named<T>(&self, column: &str) -> Result<Option<T>, StoreError>
    where
        T: FromStr,
        T::Err: Display,
    {
        let name: Option<String> = self.get(column)?;
        name.map(|name| name.parse().map_err(|error| corrupt(column, error))).transpose()
    }

    /// A count or code that is stored in a wider or signed type.
    pub(super) fn number<S, T>(&self, column: &str) -> Result<T, StoreError>
    where
        S: TryGetable,
        T: TryFrom<S>,
    {
        T::try_from(self.get::<S>(column)?).map_err(|_| corrupt(column, "out of range"))
    }
}

/// That a column holds what it cannot hold. The value itself is not told: it may be a secret.
pub(super) fn corrupt(column: &str, reason: impl Display) -> StoreError {
    StoreError::corrupt(format!("column {column}: {reason}"))
}

fn moment(column: &str, millis: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millis(millis).map_err(|_| corrupt(column, "not a moment"))
}
