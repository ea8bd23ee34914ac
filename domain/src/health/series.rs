//! How an organization's webhooks fared, step by step, with nothing left out where nothing happened.

use super::Totals;
use crate::Timestamp;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// What attempts came to in one hour, over all the webhooks of an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrganizationHour {
    /// When the hour begins.
    pub start: Timestamp,
    /// What they came to.
    pub totals: Totals,
}

/// How far a series reaches back, and in which steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// The last 24 whole hours and the current one, hour by hour.
    Day,
    /// Seven days in steps of six hours, of which the current one is the last. Steps begin at 0, 6, 12 and 18 o'clock
    /// UTC, so that none changes any more once it is over.
    Week,
}

impl Span {
    /// Every span.
    pub const ALL: [Self; 2] = [Self::Day, Self::Week];

    /// How long a step is.
    pub const fn step(self) -> Duration {
        match self {
            Self::Day => HOUR,
            Self::Week => HOUR.saturating_mul(6),
        }
    }

    /// How many steps there are.
    pub const fn steps(self) -> u32 {
        match self {
            Self::Day => 24 + 1,
            Self::Week => 7 * 24 / 6,
        }
    }

    /// The beginning of the first step, and so of the first hour that [`Series::of`] wants to know.
    pub fn looks_back_to(self, now: Timestamp) -> Timestamp {
        let steps_before = self.steps().saturating_sub(1);
        self.step_of(now).saturating_sub(self.step().saturating_mul(steps_before))
    }

    /// The beginning of the step that `moment` lies in.
    fn step_of(self, moment: Timestamp) -> Timestamp {
        let step = i64::try_from(self.step().as_millis()).unwrap_or(i64::MAX);
        // The representable years begin with a day, so there is no step before them.
        Timestamp::from_millis(moment.as_millis().div_euclid(step) * step).unwrap_or(Timestamp::MIN)
    }
}

/// What attempts came to in one step of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeriesStep {
    /// When the step begins.
    pub start: Timestamp,
    /// What they came to.
    pub totals: Totals,
}

/// What attempts came to over a span, oldest step first. Always as many steps as the span has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    span: Span,
    steps: Vec<SeriesStep>,
}

impl Series {
    /// The series of these hours, in any order. Those before the span are left out. What the clock of another instance
    /// put behind the current step counts in it.
    pub fn of(span: Span, hours: &[OrganizationHour], now: Timestamp) -> Self {
        let (from, step) = (span.looks_back_to(now), span.step());
        let starts = (0..span.steps()).map(|number| from + step.saturating_mul(number));
        let mut steps: Vec<_> = starts.map(|start| SeriesStep { start, totals: Totals::default() }).collect();
        for hour in hours.iter().filter(|hour| hour.start >= from) {
            if let Some(step) = steps.iter_mut().rev().find(|step| step.start <= hour.start) {
                step.totals.add(&hour.totals);
            }
        }
        Self { span, steps }
    }

    /// How far it reaches back.
    pub const fn span(&self) -> Span {
        self.span
    }

    /// Its steps, oldest first.
    pub fn steps(&self) -> &[SeriesStep] {
        &self.steps
    }

    /// What all of them came to.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for step in &self.steps {
            totals.add(&step.totals);
        }
        totals
    }
}
