//! What must be seen in the model's world, or its rules were kept for want of an occasion.

use crate::protocol::Protocol;
use crate::row::{Kept, Phase, Row, Token};
use crate::store::Claimed;
use crate::world::{Standing, World};
use stateright::Property;

/// Of one delivery in an unkind world.
pub(super) fn of_one_delivery() -> Vec<Property<Protocol>> {
    let failed = |_: &Protocol, world: &World| {
        world.rows().any(|row| (row.kept, row.logged, row.lost) == (Kept::Failed, 3, 0))
    };
    vec![
        Property::sometimes("a lease is taken over", |_, world: &World| {
            let held = |row: &Row, token| row.held.iter().flatten().any(|held| held.token == token);
            world.rows().any(|row| held(row, Token::Current) && held(row, Token::Stale))
        }),
        Property::sometimes("a stale settlement is refused", |protocol: &Protocol, world: &World| {
            let refused = |row: &Row| {
                let stale = row.held.iter().flatten().find(|held| held.token == Token::Stale);
                stale.is_some_and(|held| {
                    held.settlement(&protocol.store.policy).is_some_and(|settlement| {
                        let standing = world.webhook.into();
                        protocol.store.settle(&mut row.clone(), held.token, settlement, standing).is_err()
                    })
                })
            };
            world.rows().any(refused)
        }),
        Property::sometimes("the limit of lost claims is reached", |protocol: &Protocol, world: &World| {
            let last = |row: &&Row| matches!(row.kept, Kept::Delivering { until: 0, .. }) && row.lost == 2;
            let lost =
                |row: &Row| protocol.store.claim(&mut row.clone(), world.webhook.into()) == Claimed::Lost;
            world.rows().filter(last).any(lost)
        }),
        Property::sometimes("one attempt is on the wire twice at once", |_, world: &World| {
            let sending =
                |row: &Row| row.held.iter().flatten().filter(|it| it.phase == Phase::Sending).count();
            world.rows().any(|row| sending(row) == 2)
        }),
        Property::sometimes("an attempt is sent a third time", |_, world: &World| {
            world.rows().any(|row| row.requests == 3)
        }),
        Property::sometimes("the third attempt fails", failed),
        Property::sometimes("a delivery arrives after two failures", |_, world: &World| {
            world.rows().any(|row| (row.kept, row.logged) == (Kept::Delivered, 3))
        }),
        Property::sometimes("a delivery is held in the middle of its attempts", |_, world: &World| {
            world.rows().any(|row| (row.kept, row.logged) == (Kept::Held, 1))
        }),
        Property::sometimes("a delivery is called off", |_, world: &World| {
            world.rows().any(|row| row.kept == Kept::Cancelled)
        }),
        Property::sometimes("a claim outlives its webhook", |_, world: &World| {
            world.webhook == Standing::Deleted
                && world.rows().any(|row| row.held.iter().flatten().count() > 0)
        }),
    ]
}

/// Of two deliveries of one webhook.
pub(super) fn of_two_deliveries() -> Vec<Property<Protocol>> {
    vec![
        Property::sometimes("one dispatcher sends both", |_, world: &World| {
            let sends = |row: &Row, by: usize| row.held[by].is_some_and(|held| held.phase == Phase::Sending);
            (0..2).any(|dispatcher| world.rows().filter(|row| sends(row, dispatcher)).count() == 2)
        }),
        Property::sometimes("the receiver is gone for one, and the other is held", |_, world: &World| {
            let is = |kept, logged| world.rows().any(|row| (row.kept, row.logged) == (kept, logged));
            is(Kept::Failed, 1) && is(Kept::Held, 1)
        }),
        Property::sometimes("one arrives at once, and the other after two failures", |_, world: &World| {
            let arrived =
                |logged| world.rows().any(|row| (row.kept, row.logged) == (Kept::Delivered, logged));
            arrived(1) && arrived(3)
        }),
    ]
}

/// The same, where dispatchers stall.
pub(super) fn of_two_slow_deliveries() -> Vec<Property<Protocol>> {
    let mut sights = of_two_deliveries();
    sights.push(Property::sometimes("both leases are taken over", |_, world: &World| {
        let stale = |row: &&Row| row.held.iter().flatten().any(|held| held.token == Token::Stale);
        world.rows().filter(stale).count() == 2
    }));
    sights
}
