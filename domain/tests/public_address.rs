//! The public-address rule against two others: a registry snapshot made by someone else, and a table of
//! prefixes in which the longest one that matches counts.

#![expect(clippy::unwrap_used, reason = "a broken table should fail loudly")]

use ipnet::IpNet;
use proptest::prelude::*;
use slotflow_domain::webhook::{AddressRefusal, Cidr, NotPublic, SpecialRange, UrlRules, public_address};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

/// Prefix and how messages call it; `-` for what is on the internet. The longest prefix counts.
const BY_PREFIX: &[(&str, &str)] = &[
    ("0.0.0.0/0", "-"),
    ("0.0.0.0/8", "this network"),
    ("10.0.0.0/8", "private network"),
    ("100.64.0.0/10", "carrier-grade NAT"),
    ("100.100.100.200/32", "cloud metadata"),
    ("127.0.0.0/8", "loopback"),
    ("168.63.129.16/32", "cloud metadata"),
    ("169.254.0.0/16", "link-local"),
    ("169.254.0.23/32", "cloud metadata"),
    ("169.254.42.42/32", "cloud metadata"),
    ("169.254.169.254/32", "cloud metadata"),
    ("169.254.170.2/32", "cloud metadata"),
    ("169.254.170.23/32", "cloud metadata"),
    ("172.16.0.0/12", "private network"),
    ("192.0.0.0/24", "protocol assignments"),
    ("192.0.0.192/32", "cloud metadata"),
    ("192.0.2.0/24", "documentation"),
    ("192.31.196.0/24", "AS112"),
    ("192.52.193.0/24", "multicast relay"),
    ("192.88.99.0/24", "6to4"),
    ("192.168.0.0/16", "private network"),
    ("192.175.48.0/24", "AS112"),
    ("198.18.0.0/15", "benchmarking"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
    ("255.255.255.255/32", "broadcast"),
    ("::/0", "outside global unicast"),
    ("::/96", "IPv4-compatible"),
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("::ffff:0:0/96", "IPv4-mapped"),
    ("::ffff:0:0:0/96", "IPv4-translated"),
    ("64:ff9b::/96", "NAT64"),
    ("64:ff9b:1::/48", "local NAT64"),
    ("100::/64", "discard-only"),
    ("100:0:0:1::/64", "discard-only"),
    ("2000::/3", "-"),
    ("2001::/23", "protocol assignments"),
    ("2001::/32", "Teredo"),
    ("2001:2::/48", "benchmarking"),
    ("2001:3::/32", "multicast relay"),
    ("2001:4:112::/48", "AS112"),
    ("2001:10::/28", "ORCHID"),
    ("2001:20::/28", "ORCHID"),
    ("2001:db8::/32", "documentation"),
    ("2002::/16", "6to4"),
    ("2620:4f:8000::/48", "AS112"),
    ("3fff::/20", "documentation"),
    ("5f00::/16", "segment routing"),
    ("fc00::/7", "unique local"),
    ("fd00:42::42/128", "cloud metadata"),
    ("fd00:100::100:200/128", "cloud metadata"),
    ("fd00:a9fe:a9fe::1/128", "cloud metadata"),
    ("fd00:c1::a9fe:a9fe/128", "cloud metadata"),
    ("fd00:ec2::/32", "cloud metadata"),
    ("fd20:ce::254/128", "cloud metadata"),
    ("fe80::/10", "link-local"),
    ("fe80::a9fe:a9fe/128", "cloud metadata"),
    ("fec0::/10", "site-local"),
    ("ff00::/8", "multicast"),
];

fn judge(address: IpAddr) -> Result<(), NotPublic> {
    public_address::judge(address, &UrlRules::strict()).map_err(|refusal| match refusal {
        AddressRefusal::NotPublic(why) => why,
        AddressRefusal::Denied => unreachable!("{address}: nothing is denied"),
    })
}

static PREFIXES: LazyLock<Vec<(IpNet, &'static str)>> =
    LazyLock::new(|| BY_PREFIX.iter().map(|(prefix, range)| (prefix.parse().unwrap(), *range)).collect());

fn expected(address: IpAddr) -> &'static str {
    let matching = PREFIXES.iter().filter(|(net, _)| net.contains(&address));
    let (_, range) = *matching.max_by_key(|(net, _)| net.prefix_len()).unwrap();
    match address {
        IpAddr::V6(v6) if is_isatap(v6) => "ISATAP",
        _ => range,
    }
}

fn is_isatap(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    matches!(segments[4], 0 | 0x100 | 0x200 | 0x300) && segments[5] == 0x5efe
}

/// Whether the snapshot lists it, or it is multicast, which the registries leave out.
fn snapshot_lists(address: IpAddr) -> bool {
    iprfc::RFC6890.contains(&address)
        || iprfc::FORWARDING_BLACKLIST.contains(&address)
        || iprfc::is_multicast_ip_addr(address)
}

fn agrees(address: IpAddr) {
    let given = judge(address);
    let range = given.map_or_else(|why| why.range.to_string(), |()| "-".to_owned());
    assert_eq!(range, expected(address), "{address}");
    assert!(given.is_err() || !snapshot_lists(address), "{address} is listed, yet let through");
}

/// The address `steps` before or after, or none at the end of the family's space.
fn neighbour(address: IpAddr, steps: i8) -> Option<IpAddr> {
    match address {
        IpAddr::V4(v4) => {
            v4.to_bits().checked_add_signed(steps.into()).map(|bits| Ipv4Addr::from_bits(bits).into())
        }
        IpAddr::V6(v6) => {
            v6.to_bits().checked_add_signed(steps.into()).map(|bits| Ipv6Addr::from_bits(bits).into())
        }
    }
}

fn edges(net: IpNet) -> impl Iterator<Item = IpAddr> {
    [net.network(), net.broadcast()]
        .into_iter()
        .flat_map(|edge| [-1, 0, 1].into_iter().filter_map(move |steps| neighbour(edge, steps)))
}

#[test]
fn the_edges_of_every_range_and_their_neighbours_are_judged_right() {
    for (net, _) in PREFIXES.iter() {
        edges(*net).for_each(agrees);
    }
}

#[test]
fn the_edges_of_every_range_in_the_snapshot_are_judged_right() {
    let mut ranges = 0;
    for rfc in iprfc::RFCs::iter() {
        for net in rfc.ip_nets() {
            edges(*net).for_each(agrees);
            ranges += 1;
        }
    }
    assert!(ranges > 200, "only {ranges} ranges in the snapshot");
}

#[test]
fn every_range_of_the_snapshot_is_refused_whole() {
    for net in iprfc::RFC6890.ip_nets() {
        assert!(judge(net.network()).is_err() && judge(net.broadcast()).is_err(), "{net}");
    }
}

/// Any IPv4 address, half of them inside a listed prefix.
fn any_v4() -> impl Strategy<Value = Ipv4Addr> {
    let nets: Vec<IpNet> = PREFIXES.iter().map(|(net, _)| *net).filter(|net| net.addr().is_ipv4()).collect();
    prop_oneof![
        any::<Ipv4Addr>(),
        (prop::sample::select(nets), any::<u32>()).prop_map(|(net, noise)| {
            let IpAddr::V4(first) = net.network() else { unreachable!() };
            let host_bits = u32::MAX.checked_shr(net.prefix_len().into()).unwrap_or(0);
            Ipv4Addr::from_bits(first.to_bits() | noise & host_bits)
        }),
    ]
}

/// Any IPv6 address, most of them inside a listed prefix, and some of these with an IPv4 address as ISATAP has it.
fn any_v6() -> impl Strategy<Value = Ipv6Addr> {
    let nets: Vec<IpNet> = PREFIXES.iter().map(|(net, _)| *net).filter(|net| net.addr().is_ipv6()).collect();
    let listed = || {
        (prop::sample::select(nets.clone()), any::<u128>()).prop_map(|(net, noise)| {
            let IpAddr::V6(first) = net.network() else { unreachable!() };
            let host_bits = u128::MAX.checked_shr(net.prefix_len().into()).unwrap_or(0);
            Ipv6Addr::from_bits(first.to_bits() | noise & host_bits)
        })
    };
    prop_oneof![
        1 => any::<Ipv6Addr>(),
        4 => listed(),
        1 => (listed(), any_v4()).prop_map(|(listed, v4)| isatap(listed, v4)),
    ]
}

/// The address of `v4` under the first half of `prefix`.
fn isatap(prefix: Ipv6Addr, v4: Ipv4Addr) -> Ipv6Addr {
    Ipv6Addr::from_bits(prefix.to_bits() >> 64 << 64 | 0x5efe << 32 | u128::from(v4.to_bits()))
}

/// Any network, most of them around something that is listed.
fn any_network() -> impl Strategy<Value = Cidr> {
    let v4 = (any_v4(), 0..=32_u8).prop_map(|(address, length)| IpNet::new(address.into(), length));
    let v6 = (any_v6(), 0..=128_u8).prop_map(|(address, length)| IpNet::new(address.into(), length));
    prop_oneof![v4, v6].prop_map(|net| net.unwrap().trunc().to_string().parse().unwrap())
}

/// Any address of either family.
fn any_address() -> impl Strategy<Value = IpAddr> {
    prop_oneof![any_v4().prop_map(IpAddr::V4), any_v6().prop_map(IpAddr::V6)]
}

/// What no list of allowed networks opens.
const NEVER_OPENED: &[&str] = &[
    "cloud metadata",
    "IPv4-mapped",
    "IPv4-compatible",
    "IPv4-translated",
    "NAT64",
    "local NAT64",
    "6to4",
    "Teredo",
    "ISATAP",
];

/// Every form in which an IPv6 address can stand for an IPv4 one.
fn carriers(v4: Ipv4Addr) -> [Ipv6Addr; 11] {
    let bits = u128::from(v4.to_bits());
    [
        0xffff_0000_0000 | bits,
        bits,
        0xffff_0000_0000_0000 | bits,
        0x0064_ff9b << 96 | bits,
        0x0064_ff9b_0001 << 80 | bits,
        0x2002 << 112 | bits << 80 | 1,
        0x2001_0000_0808_0808 << 64 | (!bits & 0xffff_ffff),
        0x2a00_1450 << 96 | 0x5efe << 32 | bits,
        0x2a00_1450 << 96 | 0x0200_5efe << 32 | bits,
        0xfe80 << 112 | 0x5efe << 32 | bits,
        0xfd12 << 112 | 0x0200_5efe << 32 | bits,
    ]
    .map(Ipv6Addr::from_bits)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn any_ipv4_address_is_judged_as_its_longest_prefix_says(address in any_v4()) {
        agrees(address.into());
    }

    #[test]
    fn any_ipv6_address_is_judged_as_its_longest_prefix_says(address in any_v6()) {
        agrees(address.into());
    }

    #[test]
    fn no_ipv6_form_of_an_ipv4_address_is_let_through(v4 in any_v4()) {
        let why = judge(v4.into()).err();
        for carrier in carriers(v4) {
            let refusal = judge(carrier.into());
            prop_assert!(refusal.is_err(), "{} lets {} through", carrier, v4);
            // What it carries is named, in the forms that show it plainly.
            let Err(NotPublic { range, carried }) = refusal else { continue };
            if !matches!(range, SpecialRange::LocalNat64 | SpecialRange::Unspecified | SpecialRange::Loopback) {
                prop_assert_eq!(carried, why.map(|why| why.range), "{}", carrier);
            }
        }
    }

    #[test]
    fn with_nat64_allowed_only_the_well_known_prefix_follows_what_it_carries(v4 in any_v4()) {
        let rules = UrlRules { allow_nat64: true, ..UrlRules::strict() };
        for carrier in carriers(v4) {
            let well_known = carrier.segments()[..6] == [0x64, 0xff9b, 0, 0, 0, 0];
            let allowed = public_address::judge(carrier.into(), &rules).is_ok();
            prop_assert_eq!(allowed, well_known && judge(v4.into()).is_ok(), "{}", carrier);
        }
    }

    #[test]
    fn allowed_networks_open_what_lies_in_them_but_no_credentials_and_no_hidden_address(
        address in any_address(), allowed in prop::collection::vec(any_network(), 0..4),
    ) {
        let listed = allowed.iter().any(|network| network.contains(address));
        let rules = UrlRules { allowed, ..UrlRules::strict() };
        let range = expected(address);
        let open = range == "-" || listed && !NEVER_OPENED.contains(&range);
        prop_assert_eq!(public_address::judge(address, &rules).is_ok(), open, "{} {}", address, range);
    }

    #[test]
    fn denied_networks_are_closed_whatever_else_is_allowed_and_nothing_else_is(
        address in any_address(), private: bool, nat64: bool,
        allowed in prop::collection::vec(any_network(), 0..4),
        denied in prop::collection::vec(any_network(), 0..4),
    ) {
        let without = UrlRules {
            allow_private_networks: private, allow_nat64: nat64, allowed, ..UrlRules::strict()
        };
        let rules = UrlRules { denied: denied.clone(), ..without.clone() };
        let is_denied = |address: IpAddr| denied.iter().any(|network| network.contains(address));
        let hidden = match address {
            IpAddr::V6(v6) if v6.segments()[..6] == [0x64, 0xff9b, 0, 0, 0, 0] => {
                is_denied(Ipv4Addr::from_bits((v6.to_bits() & 0xffff_ffff) as u32).into())
            }
            _ => false,
        };
        let open = public_address::judge(address, &without).is_ok() && !is_denied(address) && !hidden;
        prop_assert_eq!(public_address::judge(address, &rules).is_ok(), open, "{}", address);
    }

    #[test]
    fn a_network_is_read_back_as_it_is_shown_and_holds_its_own_edges(network in any_network()) {
        let net: IpNet = network.to_string().parse().unwrap();
        prop_assert_eq!(net.to_string().parse::<Cidr>(), Ok(network));
        prop_assert!(network.contains(net.network()) && network.contains(net.broadcast()));
        for outside in [neighbour(net.network(), -1), neighbour(net.broadcast(), 1)].into_iter().flatten() {
            prop_assert!(!network.contains(outside), "{} in {}", outside, network);
        }
    }

    #[test]
    fn no_text_that_is_called_a_network_makes_it_panic(text in "[0-9a-f.:/%+-]{0,20}|.*") {
        let _ = text.parse::<Cidr>();
    }

    #[test]
    fn private_networks_are_all_that_development_adds(v4 in any_v4(), v6 in any_v6()) {
        for address in [IpAddr::V4(v4), IpAddr::V6(v6)] {
            let expected = matches!(
                expected(address),
                "-" | "private network" | "loopback" | "carrier-grade NAT" | "unique local"
            );
            let allowed = public_address::judge(address, &UrlRules::development()).is_ok();
            prop_assert_eq!(allowed, expected, "{}", address);
        }
    }
}
