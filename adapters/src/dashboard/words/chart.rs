//! Charts, drawn by the server: what ended well and badly, and how long attempts took.
//!
//! A chart is numbers in a coordinate system of its own; the template makes an SVG of it. What failed hangs below the
//! axis, what arrived stands above it, so that they are told apart without colour.

use super::When;
use slotflow_domain::Timestamp;
use slotflow_domain::health::SeriesStep;

/// The coordinate system, which the template names too.
pub(in crate::dashboard) const WIDTH: f64 = 600.0;
/// How high a chart is.
pub(in crate::dashboard) const HEIGHT: f64 = 140.0;

/// Room for the words below.
const FOOT: f64 = 18.0;
/// Room for the words above a line.
const HEAD: f64 = 18.0;

/// Deliveries that came to their end, a pair of bars for each step.
pub(in crate::dashboard) struct OutcomeChart {
    pub(in crate::dashboard) bars: Vec<Bar>,
    /// Where the axis lies.
    pub(in crate::dashboard) axis: f64,
    pub(in crate::dashboard) first: When,
    pub(in crate::dashboard) is_empty: bool,
}

/// What arrived in a step and what did not.
pub(in crate::dashboard) struct Bar {
    pub(in crate::dashboard) x: f64,
    pub(in crate::dashboard) width: f64,
    pub(in crate::dashboard) delivered: f64,
    pub(in crate::dashboard) failed: f64,
    /// Said when it is pointed at.
    pub(in crate::dashboard) title: String,
}

impl OutcomeChart {
    pub(in crate::dashboard) fn of(steps: &[SeriesStep], now: Timestamp) -> Self {
        let highest = |count: fn(&SeriesStep) -> u64| steps.iter().map(count).max().unwrap_or(0) as f64;
        let (up, down) = (highest(|step| step.totals.delivered), highest(|step| step.totals.failed));
        let room = HEIGHT - FOOT;
        let scale = if up + down > 0.0 { room / (up + down) } else { 0.0 };
        let axis = if up + down > 0.0 { up * scale } else { room };
        let step_width = WIDTH / steps.len().max(1) as f64;
        let bars = steps.iter().enumerate().map(|(place, step)| {
            let totals = step.totals;
            Bar {
                x: place as f64 * step_width + step_width * 0.12,
                width: step_width * 0.76,
                delivered: seen(totals.delivered as f64 * scale),
                failed: seen(totals.failed as f64 * scale),
                title: format!(
                    "{}: {} delivered, {} failed",
                    When::new(step.start, now).exact,
                    totals.delivered,
                    totals.failed
                ),
            }
        });
        Self { bars: bars.collect(), axis, first: first(steps, now), is_empty: up + down == 0.0 }
    }
}

/// What there is at all is seen, however small beside the rest.
fn seen(height: f64) -> f64 {
    if height > 0.0 { height.max(1.5) } else { 0.0 }
}

/// How long attempts took on average; a line that is broken where there were none.
pub(in crate::dashboard) struct LatencyChart {
    /// What `path` wants.
    pub(in crate::dashboard) path: String,
    /// What the top of the chart stands for.
    pub(in crate::dashboard) most: String,
    pub(in crate::dashboard) first: When,
    pub(in crate::dashboard) is_empty: bool,
}

impl LatencyChart {
    pub(in crate::dashboard) fn of(steps: &[SeriesStep], now: Timestamp) -> Self {
        let means: Vec<_> = steps.iter().map(|step| step.totals.mean_ms()).collect();
        let most = means.iter().flatten().copied().max().unwrap_or(0).max(1);
        let room = HEIGHT - FOOT;
        let step_width = WIDTH / steps.len().max(1) as f64;
        let mut path = String::new();
        let mut drawing = false;
        for (place, mean) in means.iter().enumerate() {
            let Some(mean) = mean else {
                drawing = false;
                continue;
            };
            let x = (place as f64 + 0.5) * step_width;
            // A little above the axis, so that the line is whole there.
            let y = room - *mean as f64 / most as f64 * (room - HEAD) - 1.0;
            // It begins level, so that a point of its own is seen too.
            let start =
                if drawing { "L".to_owned() } else { format!("M{:.1} {y:.1}L", x - step_width * 0.38) };
            path.push_str(&format!("{start}{x:.1} {y:.1}"));
            drawing = true;
        }
        let is_empty = path.is_empty();
        Self { path, most: super::amount::millis(most), first: first(steps, now), is_empty }
    }
}

fn first(steps: &[SeriesStep], now: Timestamp) -> When {
    When::new(steps.first().map_or(now, |step| step.start), now)
}
