//! Where an event stands in a distributed trace.

use std::fmt;
use std::num::{NonZeroU64, NonZeroU128};
use std::str::FromStr;
use uuid::Uuid;

/// A place in a distributed trace: the trace, and the span in it that causes what comes next. The `traceparent` of
/// [W3C Trace Context](https://www.w3.org/TR/trace-context/), version 00.
///
/// An event has one if whoever caused it is being traced. It is no part of what the event says: the payload never
/// holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    trace_id: NonZeroU128,
    span_id: SpanId,
    flags: u8,
}

/// A span of a trace: 64 bits, not all of them zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanId(NonZeroU64);

/// A text that is no `traceparent` of version 00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a traceparent of version 00")]
pub struct NotATraceContext;

impl SpanId {
    /// The span that is called after a random UUID. Both halves count, as each has bits that are always the same.
    pub fn from_random(uuid: Uuid) -> Self {
        let (high, low) = uuid.as_u64_pair();
        Self(NonZeroU64::new(high ^ low).unwrap_or(NonZeroU64::MIN))
    }

    /// Its number.
    pub const fn get(self) -> u64 {
        self.0.get()
    }
}

impl TraceContext {
    /// The name of the header that carries it.
    pub const HEADER: &str = "traceparent";

    /// The flag of a trace that is being recorded.
    const SAMPLED: u8 = 0b01;

    /// The flags that go on to what comes next: sampled, and that the trace's id is random. The others have no
    /// meaning yet and are to be dropped.
    const KNOWN_FLAGS: u8 = 0b11;

    /// The first span of a new trace that is recorded, both called after random UUIDs.
    pub fn root(trace: Uuid, span: SpanId) -> Self {
        let trace_id = NonZeroU128::new(trace.as_u128()).unwrap_or(NonZeroU128::MIN);
        Self { trace_id, span_id: span, flags: Self::SAMPLED }
    }

    /// The span of this name in the same trace, caused by this one.
    #[must_use]
    pub const fn child(self, span: SpanId) -> Self {
        Self { span_id: span, flags: self.flags & Self::KNOWN_FLAGS, ..self }
    }

    /// The trace, as 32 hexadecimal digits: what people look it up by.
    pub fn trace_id(self) -> impl fmt::Display {
        Hexadecimal(self.trace_id.get())
    }

    /// The trace's number.
    pub const fn trace_number(&self) -> u128 {
        self.trace_id.get()
    }

    /// The span that causes what comes next.
    pub const fn span_id(&self) -> SpanId {
        self.span_id
    }

    /// Whether the trace is recorded by whoever began it.
    pub const fn is_sampled(&self) -> bool {
        self.flags & Self::SAMPLED != 0
    }
}

struct Hexadecimal(u128);

impl fmt::Display for Hexadecimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// As the header has it.
impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace_id, self.span_id.0, self.flags)
    }
}

impl FromStr for TraceContext {
    type Err = NotATraceContext;

    /// Takes lower-case digits and version 00 only, as W3C has it.
    fn from_str(text: &str) -> Result<Self, NotATraceContext> {
        let mut parts = text.split('-');
        let mut part = || parts.next().ok_or(NotATraceContext);
        let (version, trace_id, span_id, flags) = (part()?, part()?, part()?, part()?);
        if version != "00" || parts.next().is_some() {
            return Err(NotATraceContext);
        }
        let trace_id = NonZeroU128::new(hexadecimal(trace_id, 32)?).ok_or(NotATraceContext)?;
        let span_id = narrow::<u64>(hexadecimal(span_id, 16)?)?;
        let span_id = SpanId(NonZeroU64::new(span_id).ok_or(NotATraceContext)?);
        Ok(Self { trace_id, span_id, flags: narrow(hexadecimal(flags, 2)?)? })
    }
}

/// The number that so many digits make. Rust's own parser would take a sign and upper case too.
fn hexadecimal(digits: &str, count: usize) -> Result<u128, NotATraceContext> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if digits.len() != count || !digits.bytes().all(is_digit) {
        return Err(NotATraceContext);
    }
    u128::from_str_radix(digits, 16).map_err(|_| NotATraceContext)
}

fn narrow<T: TryFrom<u128>>(number: u128) -> Result<T, NotATraceContext> {
    T::try_from(number).map_err(|_| NotATraceContext)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EXAMPLE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn the_example_of_the_standard_is_read_and_written() {
        let context: TraceContext = EXAMPLE.parse().unwrap();
        assert_eq!(context.to_string(), EXAMPLE);
        assert_eq!(context.trace_id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(context.span_id().get(), 0x00f0_67aa_0ba9_02b7);
        assert!(context.is_sampled());
    }

    #[test]
    fn what_the_standard_forbids_is_refused() {
        for wrong in [
            "",
            "00",
            "00---",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
            " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert_eq!(wrong.parse::<TraceContext>(), Err(NotATraceContext), "{wrong}");
        }
    }

    #[test]
    fn a_child_keeps_the_trace_and_drops_flags_that_have_no_meaning_yet() {
        let parent: TraceContext = EXAMPLE.replace("-01", "-ff").parse().unwrap();
        let child = parent.child(SpanId::from_random(Uuid::from_u128(7)));
        assert_eq!(child.to_string(), "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000007-03");
    }

    #[test]
    fn even_the_least_random_uuids_name_a_trace_and_a_span() {
        let root = TraceContext::root(Uuid::nil(), SpanId::from_random(Uuid::nil()));
        assert_eq!(root.to_string().parse(), Ok(root));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(trace in any::<u128>(), span in any::<u128>(), flags in any::<u8>()) {
            let root = TraceContext::root(Uuid::from_u128(trace), SpanId::from_random(Uuid::from_u128(span)));
            let context = TraceContext { flags, ..root };
            prop_assert_eq!(context.to_string().parse(), Ok(context));
            prop_assert_eq!(context.to_string().len(), 55);
        }

        #[test]
        fn what_is_taken_is_written_the_same(text in "0[01]-[0-9a-f]{31,33}-[0-9a-f]{15,17}-[0-9a-fA-F+]{2}") {
            if let Ok(context) = text.parse::<TraceContext>() {
                prop_assert_eq!(context.to_string(), text);
            }
        }

        #[test]
        fn no_text_is_too_strange(text in ".*") {
            let _ = text.parse::<TraceContext>();
        }

        #[test]
        fn a_child_is_in_the_same_trace_and_as_sampled(flags in any::<u8>(), span in any::<u128>()) {
            let parent = TraceContext { flags, ..EXAMPLE.parse().unwrap() };
            let child = parent.child(SpanId::from_random(Uuid::from_u128(span)));
            prop_assert_eq!(child.trace_number(), parent.trace_number());
            prop_assert_eq!(child.is_sampled(), parent.is_sampled());
        }
    }
}
