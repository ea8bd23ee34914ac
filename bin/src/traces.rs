//! Spans for a collector, in programs that are built with the feature `otlp`.
//!
//! Without it there is a type of the same shape that has no values, so that nobody else needs to know which it is.

#[cfg(feature = "otlp")]
pub(crate) use slotflow_adapters::traces::{CollectorUrl, Traces};

#[cfg(not(feature = "otlp"))]
pub(crate) use left_out::{CollectorUrl, Traces};

#[cfg(not(feature = "otlp"))]
mod left_out {
    use axum::Router;
    use slotflow_application::ports::{DeliveryObserver, Entropy};
    use std::convert::Infallible;
    use std::str::FromStr;
    use std::sync::Arc;
    use std::time::Duration;

    /// There is no collector to send to.
    #[derive(Clone, Debug)]
    pub(crate) struct CollectorUrl(Infallible);

    /// There is nothing to send with.
    #[derive(Clone)]
    pub(crate) struct Traces(Infallible);

    impl FromStr for CollectorUrl {
        type Err = &'static str;

        fn from_str(_: &str) -> Result<Self, Self::Err> {
            Err("this program was built without the feature otlp")
        }
    }

    impl Traces {
        pub(crate) fn to(
            collector: &CollectorUrl,
            _: &'static str,
            _: Arc<dyn Entropy>,
        ) -> Result<Self, Infallible> {
            match collector.0 {}
        }

        pub(crate) fn watch(&self, _: Router) -> Router {
            match self.0 {}
        }

        pub(crate) async fn finish(&self, _: Duration) {
            match self.0 {}
        }
    }

    impl DeliveryObserver for Traces {}
}
