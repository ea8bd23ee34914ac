//! Texts of the wire that several routes use, as named schemas. Lists of names are the domain's own.

use slotflow_domain::delivery::{AttemptOutcome as Outcome, DeliveryStatus as Status};
use slotflow_domain::event::{EventCatalog, EventType as Name};
use slotflow_domain::webhook::url::MAX_CHARACTERS;
use std::borrow::Cow;
use utoipa::openapi::schema::{
    AnyOfBuilder, ArrayBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type,
};
use utoipa::openapi::{Object, Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

/// Makes a type that stands for a schema.
macro_rules! schema {
    ($name:ident, $schema:expr) => {
        #[doc = concat!("The schema `", stringify!($name), "`.")]
        pub(in crate::api) enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                RefOr::T($schema.into())
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    };
}

schema!(Time, {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
        .description(Some("RFC 3339 in UTC, to the millisecond"))
        .examples([serde_json::json!("2026-03-10T14:05:00.000Z")])
        .build()
});
schema!(TimeOrDate, {
    let one = |format| {
        let format = Some(SchemaFormat::KnownFormat(format));
        ObjectBuilder::new().schema_type(Type::String).format(format).build()
    };
    AnyOfBuilder::new()
        .item(one(KnownFormat::DateTime))
        .item(one(KnownFormat::Date))
        .description(Some("A time, or a whole day"))
        .build()
});
schema!(EventName, {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(r"^[a-z0-9_]+(\.[a-z0-9_]+)+$"))
        .max_length(Some(Name::MAX_LENGTH))
        .description(Some("The dotted name of an event type"))
        .examples([serde_json::json!("booking.confirmed")])
        .build()
});
schema!(WebhookUrl, {
    // What a pattern can say of the rules: `https`, no user information, no fragment, no control characters.
    // The format is that of the WHATWG standard, which takes more than RFC 3986 (`uri`) does.
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::Custom("url".to_owned())))
        .pattern(Some(
            r"^[Hh][Tt][Tt][Pp][Ss]:[/\\]*[^/\\?#@\u0000-\u001F\u007F-\u009F]+([/\\?][^#\u0000-\u001F\u007F-\u009F]*)?$",
        ))
        .max_length(Some(MAX_CHARACTERS))
        .description(Some("An `https` URL whose host can be reached from the internet"))
        .examples([serde_json::json!("https://your-agent.com/webhooks/slotflow")])
        .build()
});
schema!(Metadata, {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .property_names(Some(text_without_nul()))
        .additional_properties(Some(JsonValue::reference()))
        .description(Some("Any JSON object up to 64 KiB and 64 levels, without the character NUL"))
        .examples([serde_json::json!({"lead_id": "lead_8294"})])
        .build()
});
schema!(JsonValue, {
    let one = |schema_type| ObjectBuilder::new().schema_type(schema_type).build();
    let members = ObjectBuilder::new()
        .schema_type(Type::Object)
        .property_names(Some(text_without_nul()))
        .additional_properties(Some(JsonValue::reference()));
    AnyOfBuilder::new()
        .item(one(Type::Null))
        .item(one(Type::Boolean))
        .item(one(Type::Number))
        .item(text_without_nul())
        .item(ArrayBuilder::new().items(JsonValue::reference()))
        .item(members)
        .description(Some("Any JSON value without the character NUL"))
        .build()
});
schema!(HeldDeliveries, names("What becomes of held deliveries", ["deliver", "discard"]));
schema!(Activity, names("Which webhooks", ["true", "false", "any"]));
schema!(BookingStatus, names("What has become of a booking", ["confirmed", "cancelled"]));
schema!(DeliveryStatus, {
    let text = "`pending` waits for its next attempt, `delivering` is on the wire, `held` waits for its webhook to \
                be enabled; `delivered`, `failed` and `cancelled` are final";
    names(text, Status::ALL.map(Status::as_str))
});
schema!(FinalStatus, {
    let ends = Status::ALL.into_iter().filter(|status| status.is_final()).map(Status::as_str);
    names("How a delivery ended", ends)
});
schema!(AttemptOutcome, names("What came of an attempt", Outcome::ALL.map(Outcome::as_str)));
schema!(EventType, event_types(&EventCatalog::standard()));

/// The types of this catalogue, which take the place of the server's own.
pub(super) fn of_catalog(catalog: &EventCatalog) -> (String, RefOr<Schema>) {
    (EventType::name().into_owned(), event_types(catalog).into())
}

fn event_types(catalog: &EventCatalog) -> Object {
    names("What a webhook can hear of", catalog.iter().map(|event_type| event_type.as_str().to_owned()))
}

/// All of them, by name: what only parameters use is not collected with the routes.
pub(super) fn all() -> Vec<(String, RefOr<Schema>)> {
    fn named<T: ToSchema>() -> (String, RefOr<Schema>) {
        (T::name().into_owned(), T::schema())
    }
    vec![
        named::<Time>(),
        named::<TimeOrDate>(),
        named::<EventName>(),
        named::<WebhookUrl>(),
        named::<Metadata>(),
        named::<JsonValue>(),
        named::<HeldDeliveries>(),
        named::<Activity>(),
        named::<BookingStatus>(),
        named::<DeliveryStatus>(),
        named::<FinalStatus>(),
        named::<AttemptOutcome>(),
        named::<EventType>(),
    ]
}

impl JsonValue {
    /// Where it is described: it is part of itself.
    fn reference() -> Ref {
        Ref::from_schema_name(Self::name())
    }
}

/// A text that every store can keep.
fn text_without_nul() -> Object {
    ObjectBuilder::new().schema_type(Type::String).pattern(Some(r"^[^\u0000]*$")).build()
}

/// A text that is one of a few.
fn names<T: Into<serde_json::Value>>(text: &str, names: impl IntoIterator<Item = T>) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(text))
        .enum_values(Some(names.into_iter().map(Into::into).collect::<Vec<_>>()))
        .build()
}
