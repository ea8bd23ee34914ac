//! What may go wrong, and how often it does in one seed.

use super::dice::Dice;
use std::fmt;
use std::str::FromStr;

/// Something that goes wrong, other than a receiver's failure, which is business as usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// A process dies between two of its steps and is started again later.
    Crash,
    /// A process stands still, longer than a lease at times, and goes on: slow, not dead.
    Pause,
    /// A process's wall clock jumps by up to two hours either way.
    ClockStep,
    /// A call of the store fails and has no effect.
    StoreError,
    /// A call of the store takes effect, and its answer is lost.
    AnswerLost,
    /// Nobody reaches the store for a while.
    StoreDown,
    /// A call of the store takes seconds.
    StoreSlow,
    /// Wake-ups are lost; only the poll is left.
    WakeLost,
    /// Some requests kill the process that makes them.
    Poison,
    /// The lock that says that a process lives is lost for a while, though it lives.
    LockLost,
}

/// A name that no fault has.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("no such fault")]
pub struct UnknownFault;

impl FaultKind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Crash,
        Self::Pause,
        Self::ClockStep,
        Self::StoreError,
        Self::AnswerLost,
        Self::StoreDown,
        Self::StoreSlow,
        Self::WakeLost,
        Self::Poison,
        Self::LockLost,
    ];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Crash => "crash",
            Self::Pause => "pause",
            Self::ClockStep => "clock-step",
            Self::StoreError => "store-error",
            Self::AnswerLost => "answer-lost",
            Self::StoreDown => "store-down",
            Self::StoreSlow => "store-slow",
            Self::WakeLost => "wake-lost",
            Self::Poison => "poison",
            Self::LockLost => "lock-lost",
        }
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for FaultKind {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(UnknownFault)
    }
}

/// The kinds of faults that a run may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultSet(u16);

impl FaultSet {
    /// None at all.
    pub const NONE: Self = Self(0);
    /// Every kind.
    pub const ALL: Self = Self(u16::MAX);

    /// A random subset. One seed in eight has none, so that "without faults" stays a tested sentence.
    pub fn random(dice: &mut Dice) -> Self {
        match dice.below(8) {
            0 => Self::NONE,
            1 => Self::ALL,
            _ => Self(u16::try_from(dice.below(1 << FaultKind::ALL.len())).unwrap_or(0)),
        }
    }

    /// Whether `kind` is among them.
    pub const fn contains(self, kind: FaultKind) -> bool {
        self.0 & kind.bit() != 0
    }

    /// Without `kind`.
    #[must_use]
    pub const fn without(self, kind: FaultKind) -> Self {
        Self(self.0 & !kind.bit())
    }

    /// With `kind`.
    #[must_use]
    pub const fn with(self, kind: FaultKind) -> Self {
        Self(self.0 | kind.bit())
    }

    /// Those that are among them.
    pub fn iter(self) -> impl Iterator<Item = FaultKind> {
        FaultKind::ALL.into_iter().filter(move |kind| self.contains(*kind))
    }
}

/// `crash,pause`, or `none`.
impl fmt::Display for FaultSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.iter().map(FaultKind::as_str).collect();
        f.write_str(if names.is_empty() { "none".to_owned() } else { names.join(",") }.as_str())
    }
}

impl FromStr for FaultSet {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        match text {
            "none" => Ok(Self::NONE),
            "all" => Ok(Self::ALL),
            names => names.split(',').try_fold(Self::NONE, |set, name| Ok(set.with(name.parse()?))),
        }
    }
}
