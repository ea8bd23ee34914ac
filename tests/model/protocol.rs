//! The protocol, step by step.

use crate::action::{Action, Reply, Which};
use crate::row::{Answer, Held, Phase, Row, Ticks, Token, moment};
use crate::rules::{self, Rule};
use crate::store::{Claimed, Store};
use crate::world::{Budget, Standing, World};
use slotflow_domain::delivery::{Progress, Settlement};
use stateright::{Model, Property};

/// The protocol: two dispatchers, one store, one webhook, up to two deliveries.
#[derive(Clone, Debug)]
pub(super) struct Protocol {
    pub(super) store: Store,
    /// What of a lease must be left for a request to begin.
    pub(super) needed: Ticks,
    /// The retry policy's delays.
    pub(super) delays: [Ticks; 2],
    pub(super) budget: Budget,
    /// What must be seen.
    pub(super) sights: fn() -> Vec<Property<Self>>,
}

impl Protocol {
    pub(super) fn longest_delay(&self) -> Ticks {
        self.delays.into_iter().max().unwrap_or(0)
    }

    /// What follows, if that can happen at all.
    fn step(&self, before: &World, action: Action) -> Option<World> {
        let mut world = before.clone();
        let standing = world.webhook.into();
        match action {
            Action::Publish { first_attempt_by } => {
                world.left.publications -= 1;
                let place = world.rows.iter().position(Option::is_none)?;
                let Some(dispatcher) = first_attempt_by else {
                    let progress = Progress::first(standing, moment(0));
                    world.rows[place] = Some(Row::new(progress));
                    return Some(world);
                };
                let mut row = Row::new(Progress::claimed_first(self.store.new_lease()));
                row.held[dispatcher] = Some(self.granted(&row, before.webhook));
                world.rows[place] = Some(row);
            }
            Action::Claim(which) => {
                let row = world.rows[which.delivery].as_mut()?;
                match self.store.claim(row, standing) {
                    Claimed::NotDue => return None,
                    Claimed::Withdrawn => {}
                    Claimed::Granted => {
                        if row.not_before > 0 {
                            world.broken = Some(Rule::NotBeforeDue);
                        }
                        row.held[which.dispatcher] = Some(self.granted(row, before.webhook));
                    }
                    Claimed::Lost => self.log(row, row.logged + 1, Answer::Rejected, 0, &mut world.broken),
                }
            }
            Action::BeginRequest(which) => {
                let row = world.rows[which.delivery].as_mut()?;
                let next = row.logged + 1;
                let held = row.held[which.dispatcher].as_mut()?;
                held.phase = Phase::Sending;
                row.requests += 1;
                if !held.lawful {
                    world.broken = Some(Rule::OnlyForActiveWebhooks);
                } else if held.attempt != next || next > 3 {
                    world.broken = Some(Rule::AttemptsInOrder);
                }
            }
            Action::EndRequest(which, answer) => {
                let held = world.rows[which.delivery].as_mut()?.held[which.dispatcher].as_mut()?;
                held.phase = Phase::Ended { answer, age: 0 };
            }
            Action::Settle(which, reply) => self.settle(&mut world, which, reply)?,
            Action::GiveBack(which) => {
                world.left.give_backs -= 1;
                let row = world.rows[which.delivery].as_mut()?;
                let held = row.held[which.dispatcher].take()?;
                let was_current = row.is_current(&held);
                let known = row.clone();
                let taken = self.store.release(row, held.token, held.until, standing).is_ok();
                if !was_current && (taken || *row != known) {
                    world.broken = Some(Rule::StaleChangesNothing);
                }
            }
            Action::Abandon(which) => world.rows[which.delivery].as_mut()?.held[which.dispatcher] = None,
            Action::Crash { dispatcher } => {
                world.left.crashes -= 1;
                world.up[dispatcher] = false;
                for row in world.rows.iter_mut().flatten() {
                    row.held[dispatcher] = None;
                }
            }
            Action::Restart { dispatcher } => world.up[dispatcher] = true,
            Action::Change(standing) => {
                world.left.changes -= 1;
                self.change(&mut world, standing);
            }
            Action::TimePasses => {
                if let Some(slow_ticks) = &mut world.left.slow_ticks
                    && self.is_somebodys_turn(before)
                {
                    *slow_ticks -= 1;
                }
                for row in world.rows.iter_mut().flatten() {
                    row.age(self.longest_delay());
                }
            }
        }
        Some(world)
    }

    fn granted(&self, row: &Row, webhook: Standing) -> Held {
        Held {
            phase: Phase::Claimed,
            token: Token::New,
            until: self.store.lease,
            attempt: row.progress().next_attempt().get(),
            lawful: webhook == Standing::Active,
        }
    }

    fn settle(&self, world: &mut World, which: Which, reply: Reply) -> Option<()> {
        let row = world.rows[which.delivery].as_mut()?;
        let held = row.held[which.dispatcher]?;
        let Phase::Ended { answer, age } = held.phase else { return None };
        let settlement = held.settlement(&self.store.policy)?;
        let (was_current, known) = (row.is_current(&held), row.clone());

        let taken = self.store.settle(row, held.token, settlement, world.webhook.into()).is_ok();
        if taken != was_current || (!was_current && *row != known) {
            world.broken = Some(Rule::StaleChangesNothing);
        }
        if taken {
            self.log(row, held.attempt, answer, age, &mut world.broken);
        }
        match reply {
            Reply::Heard => row.held[which.dispatcher] = None,
            Reply::Lost => world.left.lost_replies -= 1,
        }
        if taken
            && world.webhook == Standing::Active
            && matches!(settlement, Settlement::Failed { webhook_gone: true, .. })
        {
            self.change(world, Standing::Disabled);
        }
        Some(())
    }

    /// Notes the end of an attempt, which came so long ago.
    fn log(&self, row: &mut Row, attempt: u16, answer: Answer, age: Ticks, broken: &mut Option<Rule>) {
        if attempt != row.logged + 1 || attempt > 3 {
            *broken = Some(Rule::AttemptsInOrder);
        }
        row.logged += 1;
        row.requests = 0;
        let delay = self.delays.get(usize::from(attempt) - 1).copied().unwrap_or(0);
        row.not_before = if answer == Answer::Rejected { delay.saturating_sub(age) } else { 0 };
    }

    fn change(&self, world: &mut World, standing: Standing) {
        world.webhook = standing;
        for row in world.rows.iter_mut().flatten() {
            self.store.follow(row, standing.into());
        }
    }
}

impl Model for Protocol {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![World {
            webhook: Standing::Active,
            up: [true; 2],
            rows: [None, None],
            left: self.budget,
            broken: None,
        }]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        // A circle is followed on, to see what it leads to.
        if matches!(world.broken, None | Some(Rule::EveryStepUsesSomethingUp)) {
            actions.extend(Action::every().filter(|action| self.is_open(world, *action)));
        }
    }

    fn next_state(&self, before: &World, action: Action) -> Option<World> {
        let mut world = self.step(before, action)?;
        let ended_differently = before.rows.iter().zip(&world.rows).any(|(before, after)| {
            let end = |row: &Row| (row.kept, row.finished, row.lost, row.logged);
            before.as_ref().filter(|row| row.kept.is_final()).map(end)
                != before.as_ref().filter(|row| row.kept.is_final()).and(after.as_ref()).map(end)
        });
        if ended_differently {
            world.broken = Some(Rule::FinalStaysFinal);
        }
        let mut world = world.in_order();
        if world == *before {
            return None;
        }
        if world.broken.is_none() && self.provisions(&world) >= self.provisions(before) {
            world.broken = Some(Rule::EveryStepUsesSomethingUp);
        }
        Some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = rules::properties();
        properties.extend((self.sights)());
        properties
    }
}
