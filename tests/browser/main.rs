//! The dashboard as people meet it: the real server, and a real browser that Node drives. Each test plays a script of
//! `scripts`, which looks for things as people and screen readers do: by their roles, labels and words.
//!
//! Beside its words, each scene of a script watches that no dialog opens, nothing is complained of in the console, and
//! nothing is fetched from elsewhere (`scripts/support/watch.js`). What pages look like is left in `target/screenshots`.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]

mod stage;
mod tools;

use stage::play;

#[tokio::test]
async fn people_sign_in_and_out() {
    play("signing_in.js").await;
}

#[tokio::test]
async fn webhooks_are_managed_with_and_without_scripts() {
    play("webhooks.js").await;
}

#[tokio::test]
async fn deliveries_are_found_and_mended_with_and_without_scripts() {
    play("deliveries.js").await;
}

#[tokio::test]
async fn what_happens_is_seen_at_once_and_moves_nothing() {
    play("live.js").await;
}

#[tokio::test]
async fn what_strangers_wrote_is_only_text() {
    play("hostile.js").await;
}

#[tokio::test]
async fn nobody_else_sees_or_changes_anything() {
    play("strangers.js").await;
}

#[tokio::test]
async fn a_keyboard_is_enough() {
    play("keyboard.js").await;
}

#[tokio::test]
async fn every_page_is_accessible_in_every_look() {
    play("looks.js").await;
}
