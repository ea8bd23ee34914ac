//! Summing up many measurements of one thing.

use std::time::Duration;

/// Measurements in milliseconds; negative where one moment came before the other it is measured from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Samples(Vec<f64>);

impl Samples {
    pub(crate) fn push(&mut self, duration: Duration) {
        self.push_millis(duration.as_secs_f64() * 1_000.0);
    }

    pub(crate) fn push_millis(&mut self, millis: f64) {
        self.0.push(millis);
    }

    pub(crate) fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    pub(crate) const fn count(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn median(&self) -> f64 {
        self.percentile(50)
    }

    pub(crate) fn p99(&self) -> f64 {
        self.percentile(99)
    }

    /// The smallest value that so many percent do not exceed; 0 if there is none.
    fn percentile(&self, percent: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let place = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
        sorted.get(place).copied().unwrap_or(0.0)
    }
}

/// The median of some numbers: one of them, or 0 if there is none.
pub(crate) fn median(numbers: impl IntoIterator<Item = f64>) -> f64 {
    Samples(numbers.into_iter().collect()).median()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let mut samples = Samples::default();
        assert!(samples.median().abs() < f64::EPSILON);
        for millis in (1..=200).rev() {
            samples.push(Duration::from_millis(millis));
        }
        assert!((samples.median() - 100.0).abs() < 1e-9, "{}", samples.median());
        assert!((samples.p99() - 198.0).abs() < 1e-9, "{}", samples.p99());
    }
}
