//! Networks as operators write them.

use ipnet::IpNet;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A network: an address and how many of its leading bits count, such as `10.0.0.0/8`. An address alone is the
/// network of that one address.
///
/// Invariant: the bits that do not count are zero, so that nobody who reads it has to guess whether the address
/// or its network was meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cidr(IpNet);

/// Text that is no network. Displays as a clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotACidr {
    /// What stands before the slash is neither an IPv4 nor an IPv6 address in a usual spelling.
    #[error("must be an address or a network such as 10.0.0.0/8 or 2001:db8::/32")]
    Address,
    /// What stands behind the slash is no number of bits that such an address has.
    #[error("the prefix length must be a number from 0 to {most}")]
    PrefixLength {
        /// Bits of an address of that family.
        most: u8,
    },
    /// The address has bits that do not count.
    #[error("the address has bits beyond its prefix of {} bits; the network is {network}", .network.0.prefix_len())]
    HostBits {
        /// The network that the address lies in.
        network: Cidr,
    },
}

impl Cidr {
    /// Whether `address` lies in this network. An IPv6 form of an IPv4 address lies in no IPv4 network.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }
}

impl FromStr for Cidr {
    type Err = NotACidr;

    fn from_str(text: &str) -> Result<Self, NotACidr> {
        let (address, length) =
            text.split_once('/').map_or((text, None), |(address, rest)| (address, Some(rest)));
        let address: IpAddr = address.parse().map_err(|_| NotACidr::Address)?;
        let whole = IpNet::from(address);
        let most = whole.max_prefix_len();
        let length = match length {
            None => most,
            // A sign would be taken for part of the number.
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().map_err(|_| NotACidr::PrefixLength { most })?
            }
            Some(_) => return Err(NotACidr::PrefixLength { most }),
        };
        let given = IpNet::new(address, length).map_err(|_| NotACidr::PrefixLength { most })?;
        let network = given.trunc();
        if network == given { Ok(Self(network)) } else { Err(NotACidr::HostBits { network: Self(network) }) }
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_and_single_addresses_are_read() {
        for (text, shown) in [
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("10.1.2.3", "10.1.2.3/32"),
            ("10.1.2.3/32", "10.1.2.3/32"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("2001:DB8::/32", "2001:db8::/32"),
            ("fd00::7", "fd00::7/128"),
            ("::/0", "::/0"),
        ] {
            assert_eq!(text.parse::<Cidr>().unwrap().to_string(), shown, "{text}");
        }
    }

    #[test]
    fn whatever_is_no_network_is_told_why() {
        for (text, why) in [
            ("", NotACidr::Address),
            ("/8", NotACidr::Address),
            ("10.0.0/8", NotACidr::Address),
            ("010.0.0.0/8", NotACidr::Address),
            ("0x0a000000", NotACidr::Address),
            (" 10.0.0.0/8", NotACidr::Address),
            ("internal", NotACidr::Address),
            ("fe80::%eth0/64", NotACidr::Address),
            ("[fd00::]/8", NotACidr::Address),
            ("10.0.0.0/", NotACidr::PrefixLength { most: 32 }),
            ("10.0.0.0/33", NotACidr::PrefixLength { most: 32 }),
            ("10.0.0.0/+8", NotACidr::PrefixLength { most: 32 }),
            ("10.0.0.0/-8", NotACidr::PrefixLength { most: 32 }),
            ("10.0.0.0/256", NotACidr::PrefixLength { most: 32 }),
            ("10.0.0.0/255.0.0.0", NotACidr::PrefixLength { most: 32 }),
            ("10.0.0.0/8/8", NotACidr::PrefixLength { most: 32 }),
            ("fd00::/129", NotACidr::PrefixLength { most: 128 }),
        ] {
            assert_eq!(text.parse::<Cidr>(), Err(why), "{text}");
        }
    }

    #[test]
    fn bits_beyond_the_prefix_are_an_error_that_names_the_network() {
        let why = "10.1.2.3/8".parse::<Cidr>().unwrap_err();
        assert_eq!(
            why.to_string(),
            "the address has bits beyond its prefix of 8 bits; the network is 10.0.0.0/8"
        );
    }

    #[test]
    fn an_ipv6_form_of_an_ipv4_address_lies_in_no_ipv4_network() {
        let everything: Cidr = "0.0.0.0/0".parse().unwrap();
        assert!(everything.contains("10.0.0.1".parse().unwrap()));
        assert!(!everything.contains("::ffff:10.0.0.1".parse().unwrap()));
    }
}
