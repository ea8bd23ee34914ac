//! What happens, as spans of distributed traces, for a collector of OpenTelemetry's (OTLP over HTTP).
//!
//! [`Traces`] watches the dispatcher and the API. A request is a span of the trace that it came from, or begins one;
//! each attempt is a span below the request that caused its event. No attribute holds a payload, a key, a secret, a
//! URL or anything else that a client or a receiver wrote.
//!
//! | item | is |
//! |---|---|
//! | [`Traces`] | the connection to a collector: an observer of the dispatcher that makes a span of each attempt, and with the feature `api` a layer around a router (`Traces::watch`) that makes one of each request |
//! | [`CollectorUrl`] | where the collector is |
//! | [`NotACollector`] | why a text says nothing of the kind |
//!
//! Spans are made when they end, with the identifiers that [`TraceContext`] gave them before: what a receiver is told
//! in its `traceparent` is what the collector gets. That is why there is no subscriber of `tracing` here.

// | module | makes |
// |---|---|
// | `attempts` | a span of each attempt |
// | `requests` | a span of each request to the API (with the feature `api`) |
// | `collector` | the connection to the collector |

mod attempts;
mod collector;
#[cfg(feature = "api")]
mod requests;

pub use collector::{CollectorUrl, NotACollector};

use collector::Collector;
use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_otlp::{
    ExporterBuildError, Protocol, RetryPolicy, SpanExporter, WithExportConfig as _, WithHttpConfig as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchSpanProcessor, SpanData, SpanEvents, SpanLinks, SpanProcessor as _};
use slotflow_application::ports::Entropy;
use slotflow_domain::event::{SpanId as OurSpanId, TraceContext};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Sends spans to a collector, in batches, from a thread of its own. A clone sends to the same.
///
/// What cannot be sent, or is not taken within 5 s, is dropped, with a line in the log: nothing waits for a collector.
#[derive(Clone)]
pub struct Traces(Arc<Shared>);

struct Shared {
    spans: BatchSpanProcessor,
    scope: InstrumentationScope,
    entropy: Arc<dyn Entropy>,
}

/// A span that has ended.
struct Ended {
    /// Its own place in its trace.
    place: TraceContext,
    /// The span that caused it, if it is not the first.
    cause: Option<TraceContext>,
    kind: SpanKind,
    name: String,
    began: SystemTime,
    took: Duration,
    attributes: Vec<KeyValue>,
    failed: bool,
}

impl Traces {
    /// Spans of a program with this `version`, for the collector there. To be called within a tokio runtime, on which
    /// the sending is done.
    ///
    /// # Errors
    /// When the exporter cannot be made, because a variable of OpenTelemetry's that it reads by itself
    /// (`OTEL_EXPORTER_OTLP_HEADERS`, …) is wrong.
    pub fn to(
        collector: &CollectorUrl,
        version: &'static str,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, ExporterBuildError> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_endpoint(collector.traces_url())
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(Collector::PATIENCE)
            .with_http_client(Collector::on_this_runtime())
            .with_retry_policy(RetryPolicy::disabled())
            .build()?;
        let mut spans = BatchSpanProcessor::builder(exporter).build();
        let about = [KeyValue::new("service.version", version)];
        spans.set_resource(
            &Resource::builder_empty().with_service_name("slotflow").with_attributes(about).build(),
        );
        let scope = InstrumentationScope::builder("slotflow").with_version(version).build();
        Ok(Self(Arc::new(Shared { spans, scope, entropy })))
    }

    /// Sends what is left and sends no more after; takes no longer than `limit`.
    pub async fn finish(&self, limit: Duration) {
        let shared = Arc::clone(&self.0);
        // It waits for its thread, which would keep one of the runtime's.
        let finishing = tokio::task::spawn_blocking(move || shared.spans.shutdown_with_timeout(limit));
        if !matches!(finishing.await, Ok(Ok(()))) {
            tracing::warn!("the last spans did not reach their collector in time");
        }
    }

    /// A new span below `cause`; the first of a new trace if there is none.
    fn begin(&self, cause: Option<TraceContext>) -> TraceContext {
        let entropy = &self.0.entropy;
        let span = OurSpanId::from_random(entropy.token());
        cause.map_or_else(|| TraceContext::root(entropy.token(), span), |cause| cause.child(span))
    }

    /// Hands a span over for sending, unless whoever began its trace does not record it.
    fn end(&self, ended: Ended) {
        let Ended { place, cause, kind, name, began, took, attributes, failed } = ended;
        if !place.is_sampled() {
            return;
        }
        let span_id = |context: TraceContext| SpanId::from(context.span_id().get());
        let trace_id = TraceId::from(place.trace_number());
        self.0.spans.on_end(SpanData {
            span_context: SpanContext::new(
                trace_id,
                span_id(place),
                TraceFlags::SAMPLED,
                false,
                TraceState::NONE,
            ),
            parent_span_id: cause.map_or(SpanId::INVALID, span_id),
            parent_span_is_remote: cause.is_some(),
            span_kind: kind,
            name: name.into(),
            start_time: began,
            end_time: began + took,
            attributes,
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: if failed { Status::error("") } else { Status::Unset },
            instrumentation_scope: self.0.scope.clone(),
        });
    }
}
