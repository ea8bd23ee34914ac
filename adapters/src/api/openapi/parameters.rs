//! Parameters that several routes have.

use super::schemas;
use utoipa::IntoParams;
use uuid::Uuid;

/// Makes a type that stands for one parameter.
macro_rules! parameter {
    ($name:ident, $place:ident, $(#[$field:meta])+ $member:ident: $type:ty) => {
        #[derive(IntoParams)]
        #[into_params(parameter_in = $place)]
        #[allow(dead_code, reason = "handlers read it themselves; here it is described")]
        pub(in crate::api) struct $name {
            $(#[$field])+
            $member: $type,
        }
    };
}

parameter!(Id, Path, /// Its identifier
    id: Uuid);
parameter!(Limit, Query, /// How many at the most; 50 unless said
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>);
parameter!(Cursor, Query, /// Where the last page ended: its `next_cursor`
    #[param(min_length = 1, pattern = "^[A-Za-z0-9_-]+$")]
    cursor: Option<String>);
parameter!(CreatedAfter, Query, /// Only those created at this time or later
    #[param(value_type = Option<schemas::Time>)]
    created_after: Option<String>);
parameter!(CreatedBefore, Query, /// Only those created at this time or earlier
    #[param(value_type = Option<schemas::Time>)]
    created_before: Option<String>);
parameter!(TraceParent, Header, /// The caller's place in its trace (W3C Trace Context), kept with the event. An invalid one is ignored.
    #[param(example = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
    traceparent: Option<String>);
