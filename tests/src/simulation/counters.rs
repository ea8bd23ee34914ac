//! What a run must have met for its silence to mean something.

use std::collections::BTreeMap;

/// Situations that must come up at least once over a set of seeds, or the set proves less than it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sometimes {
    /// A process died after a POST, before its outcome was recorded.
    CrashBetweenPostAndRecord,
    /// A process died after a commit, before the client had its answer.
    CrashBetweenCommitAndAnswer,
    /// A commit took effect, and the process was told that it failed.
    CommitUnknown,
    /// A claim took effect, and the process was told that it failed.
    ClaimUnknown,
    /// An outcome was recorded, and the process was told that it was not.
    RecordUnknown,
    /// A claim took over from another whose lease had ended.
    LeaseTakenOver,
    /// A lease of a process that had died was ended before its time.
    LeaseEndedEarly,
    /// A process took the lock again that it had lost.
    LockTakenAgain,
    /// A result was refused because its claim had passed on.
    StaleResultRefused,
    /// A third attempt was made.
    ThirdAttempt,
    /// It was accepted.
    AcceptedAfterTwoFailures,
    /// A receiver answered 410.
    Gone,
    /// A webhook was deleted while a request to it was on the wire.
    DeletedDuringPost,
    /// A webhook was disabled while a request to it was on the wire.
    DisabledDuringPost,
    /// Enabling a webhook made held deliveries due.
    ResumedHeld,
    /// A clock jumped over the moment at which something was due.
    ClockSteppedOverDue,
    /// Two processes claimed in the same millisecond.
    ClaimsInTheSameTick,
    /// The store was down when an outcome was to be recorded.
    StoreDownWithResult,
    /// An attempt was lost three times and counts as failed.
    LostAttempt,
    /// A claim was given back because too little of its lease was left.
    ClaimGivenBack,
    /// A receiver accepted, and its answer was lost on the way.
    AcceptedUnheard,
    /// A first attempt began without a claim of its own.
    ClaimedAtBirth,
    /// A first attempt that had waited for a slot began.
    BegunAfterWaiting,
    /// One did not, as its webhook was deleted or disabled meanwhile.
    CalledOffWhileWaiting,
    /// A delivery was born while there was no free slot.
    PendingAtBirth,
    /// A webhook was refused because of the plan's limit.
    LimitReached,
    /// A webhook was refused because its URL is registered.
    Duplicate,
    /// A booking was refused because its time was taken.
    SlotUnavailable,
    /// Bookings that came together were made in one unit of work.
    BookedTogether,
    /// A dispatcher was told to stop and did.
    StoppedInOrder,
    /// A request that was sent again got the first answer.
    AnsweredAgain,
}

impl Sometimes {
    /// Every situation.
    pub const ALL: [Self; 31] = [
        Self::CrashBetweenPostAndRecord,
        Self::CrashBetweenCommitAndAnswer,
        Self::CommitUnknown,
        Self::ClaimUnknown,
        Self::RecordUnknown,
        Self::LeaseTakenOver,
        Self::LeaseEndedEarly,
        Self::LockTakenAgain,
        Self::StaleResultRefused,
        Self::ThirdAttempt,
        Self::AcceptedAfterTwoFailures,
        Self::Gone,
        Self::DeletedDuringPost,
        Self::DisabledDuringPost,
        Self::ResumedHeld,
        Self::ClockSteppedOverDue,
        Self::ClaimsInTheSameTick,
        Self::StoreDownWithResult,
        Self::LostAttempt,
        Self::ClaimGivenBack,
        Self::AcceptedUnheard,
        Self::ClaimedAtBirth,
        Self::BegunAfterWaiting,
        Self::CalledOffWhileWaiting,
        Self::PendingAtBirth,
        Self::LimitReached,
        Self::Duplicate,
        Self::SlotUnavailable,
        Self::BookedTogether,
        Self::StoppedInOrder,
        Self::AnsweredAgain,
    ];
}

/// How often something happened, by what it is.
pub type Count<K> = BTreeMap<K, u64>;

/// One more of `key`.
pub fn count<K: Ord>(counts: &mut Count<K>, key: K) {
    *counts.entry(key).or_default() += 1;
}

/// Adds what another run counted.
pub fn add<K: Ord + Copy>(counts: &mut Count<K>, more: &Count<K>) {
    for (key, number) in more {
        *counts.entry(*key).or_default() += number;
    }
}
