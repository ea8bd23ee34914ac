//! Making a failure small.

use super::fault::FaultKind;
use super::run::{Outcome, run};
use super::scenario::Scenario;

/// The smallest scenario found that still fails as `failed` did: fewer requests, fewer kinds of faults. With
/// the trace's last lines.
pub fn shrink(failed: &Outcome) -> Outcome {
    let mut best = Scenario { faults: Some(failed.faults), requests: failed.requests, ..failed.scenario };
    if run(&best).violations.is_empty() {
        // It cannot be said in these terms: as it was, then.
        best = failed.scenario;
    } else {
        for kind in FaultKind::ALL {
            let faults = best.faults.map(|faults| faults.without(kind));
            best = better(best, Scenario { faults, ..best });
        }
        let mut step = best.requests / 2;
        while step > 0 {
            let requests = best.requests.saturating_sub(step).max(1);
            let smaller = better(best, Scenario { requests, ..best });
            if smaller.requests == best.requests {
                step /= 2;
            }
            best = smaller;
        }
    }
    run(&Scenario { keep_trace: true, ..best })
}

fn better(best: Scenario, smaller: Scenario) -> Scenario {
    if run(&smaller).violations.is_empty() { best } else { smaller }
}
