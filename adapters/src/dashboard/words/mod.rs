//! How things are said: for people, in few words.

pub(super) mod amount;
pub(super) mod attention;
pub(super) mod chart;
pub(super) mod countdown;
pub(super) mod outcome;
pub(super) mod rule;
pub(super) mod status;
pub(super) mod timing;
pub(super) mod when;

pub(super) use countdown::Countdown;
pub(super) use status::StatusWord;
pub(super) use when::When;
