//! Why every run ends.

use crate::protocol::Protocol;
use crate::row::{Answer, Held, Kept, Phase, Row, Token};
use crate::world::{Budget, World};
use slotflow_domain::delivery::Progress;

impl Protocol {
    /// What each step must use up, the most precious first. As nothing here can fall for ever, every run ends.
    pub(super) fn provisions(&self, world: &World) -> [u32; 7] {
        let Budget { publications, crashes, changes, give_backs, slow_ticks, lost_replies } = world.left;
        let sum = |of: &dyn Fn(&Row) -> u32| world.rows().map(of).sum();
        let held = |of: fn(&Protocol, &Held) -> u32| {
            sum(&|row: &Row| row.held.iter().flatten().map(|held| of(self, held)).sum())
        };
        [
            [publications, crashes, changes, give_backs, slow_ticks.unwrap_or(0), lost_replies]
                .into_iter()
                .map(u32::from)
                .sum(),
            world.up.into_iter().map(|up| u32::from(!up)).sum(),
            sum(&|row| 3_u32.saturating_sub(row.finished.into())),
            sum(&|row| u32::from(Progress::MAX_LOST_CLAIMS.saturating_sub(row.lost))),
            sum(&|row| match row.kept {
                Kept::Pending { .. } => 2,
                Kept::Delivering { .. } => 1,
                _ => 0,
            }),
            held(|_, held| match held.phase {
                Phase::Claimed => 3,
                Phase::Sending => 2,
                Phase::Ended { .. } => 1,
            }),
            sum(&|row| match row.kept {
                Kept::Pending { due: ticks } | Kept::Delivering { until: ticks, .. } => ticks.into(),
                _ => 0,
            }) + held(|protocol, held| match held.phase {
                Phase::Ended { answer: Answer::Rejected, age } if held.token == Token::Current => {
                    u32::from(protocol.longest_delay() - age)
                }
                _ => held.until.into(),
            }),
        ]
    }
}
