//! The number of a running process.

use std::fmt;
use std::num::NonZeroU32;

/// The number of one running process among those on a store. None is ever given twice: what is known of a number stays
/// true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceNumber(NonZeroU32);

impl InstanceNumber {
    /// The highest number: what a signed integer of four bytes holds, as databases have no other.
    pub const MAX: u32 = i32::MAX.cast_unsigned();

    /// The instance of this number; none for 0, which stands for nobody, or beyond [`MAX`](Self::MAX).
    pub const fn new(number: u32) -> Option<Self> {
        match NonZeroU32::new(number) {
            Some(number) if number.get() <= Self::MAX => Some(Self(number)),
            _ => None,
        }
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0.get()
    }
}

impl fmt::Display for InstanceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_fits_a_signed_integer_and_is_not_0() {
        assert_eq!(InstanceNumber::new(0), None);
        assert_eq!(InstanceNumber::new(1).map(InstanceNumber::get), Some(1));
        assert_eq!(InstanceNumber::new(InstanceNumber::MAX).map(InstanceNumber::get), Some(0x7fff_ffff));
        assert_eq!(InstanceNumber::new(InstanceNumber::MAX + 1), None);
    }
}
