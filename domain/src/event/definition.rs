//! One type of event, as whoever publishes it defines it.

use super::{BadEventData, EventData, EventType, NotAnEventType};
use serde::Serialize;
use std::fmt::Debug;
use std::sync::Arc;

/// Judges what events of a type say: a JSON Schema's validator, or a function of one's own.
pub trait DataSchema: Debug + Send + Sync {
    /// Whether the data keeps to the schema; if not, what is wrong, in words for whoever publishes.
    ///
    /// # Errors
    /// Data that breaks the schema.
    fn check(&self, data: &EventData) -> Result<(), String>;

    /// The same as a JSON Schema (2020-12), for those who read of the type; nothing where it is none.
    fn json_schema(&self) -> Option<&str> {
        None
    }
}

/// A type of event that webhooks may subscribe to: its name, and if wanted what its data must be and looks like.
#[derive(Clone, Debug)]
pub struct EventDefinition {
    event_type: EventType,
    example: Option<EventData>,
    schema: Option<Arc<dyn DataSchema>>,
}

impl EventDefinition {
    /// A type of this name, of which nothing else is known: without an example, and without a schema, so that any object is
    /// taken.
    ///
    /// # Errors
    /// A text that is no dotted name.
    pub fn new(name: &str) -> Result<Self, NotAnEventType> {
        Ok(Self::of(EventType::parse(name)?))
    }

    pub(super) const fn of(event_type: EventType) -> Self {
        Self { event_type, example: None, schema: None }
    }

    /// The same, with what the data of such an event looks like, which is what a webhook's test sends.
    ///
    /// # Errors
    /// A value that cannot be an event's data.
    pub fn example(self, data: &(impl Serialize + ?Sized)) -> Result<Self, BadEventData> {
        Ok(self.example_of(EventData::of(data)?))
    }

    pub(super) fn example_of(self, data: EventData) -> Self {
        Self { example: Some(data), ..self }
    }

    /// The same, with a schema that each event's data must keep to.
    #[must_use]
    pub fn schema(self, schema: impl DataSchema + 'static) -> Self {
        Self { schema: Some(Arc::new(schema)), ..self }
    }

    /// The type.
    pub fn event_type(&self) -> &EventType {
        &self.event_type
    }

    /// What its data looks like, if that was said.
    pub fn example_data(&self) -> Option<&EventData> {
        self.example.as_ref()
    }

    /// The JSON Schema of its data, if it has one.
    pub fn json_schema(&self) -> Option<&str> {
        self.schema.as_ref()?.json_schema()
    }

    /// Whether `data` may be that of an event of this type.
    ///
    /// # Errors
    /// Data that breaks the schema, with what is wrong.
    pub fn check(&self, data: &EventData) -> Result<(), String> {
        self.schema.as_ref().map_or(Ok(()), |schema| schema.check(data))
    }
}
