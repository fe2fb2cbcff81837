//! Judges address ranges: is it the internet, is it everybody?
//!
//! Public means reachable by strangers. A range counts as public when it is so wide that it cannot be one owner's own network
//! (IPv4 shorter than /8, IPv6 shorter than /16) and reaches beyond the reserved ranges. A single public address or a narrow public
//! range is somebody known (an office, a partner) and does not count.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// IPv4 ranges shorter than this are the internet.
const WIDE_V4: u8 = 8;
/// IPv6 ranges shorter than this are the internet.
const WIDE_V6: u8 = 16;

/// True for ranges that are the internet or a large part of it; `None` when the text is no range.
pub(super) fn is_public(text: &str) -> Option<bool> {
    Some(match parse(text)? {
        IpNet::V4(net) => net.prefix_len() < WIDE_V4 && !is_reserved_v4(net),
        IpNet::V6(net) => match mapped(net) {
            Some(v4) => v4.prefix_len() < WIDE_V4 && !is_reserved_v4(v4),
            None => net.prefix_len() < WIDE_V6 && !is_reserved_v6(net),
        },
    })
}

/// True for exactly every address: `0.0.0.0/0`, `::/0` and other spellings of them.
pub(super) fn is_world(text: &str) -> Option<bool> {
    let net = parse(text)?;
    Some(match net {
        IpNet::V4(net) => net.prefix_len() == 0,
        IpNet::V6(net) => net.prefix_len() == 0 || mapped(net).is_some_and(|v4| v4.prefix_len() == 0),
    })
}

fn parse(text: &str) -> Option<IpNet> {
    let text = text.trim();
    text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// The IPv4 range behind `::ffff:a.b.c.d/n`.
fn mapped(net: Ipv6Net) -> Option<Ipv4Net> {
    let length = net.prefix_len().checked_sub(96)?;
    Ipv4Net::new(net.addr().to_ipv4_mapped()?, length).ok()
}

/// Loopback, multicast and class E; wide private ranges do not exist beyond 10.0.0.0/8.
fn is_reserved_v4(net: Ipv4Net) -> bool {
    [
        Ipv4Net::new([224, 0, 0, 0].into(), 3),
        Ipv4Net::new([127, 0, 0, 0].into(), 8),
        Ipv4Net::new([10, 0, 0, 0].into(), 8),
    ]
    .into_iter()
    .flatten()
    .any(|reserved| reserved.contains(&net))
}

/// Unique local, link local and multicast.
fn is_reserved_v6(net: Ipv6Net) -> bool {
    ["fc00::/7", "fe80::/10", "ff00::/8"]
        .iter()
        .filter_map(|text| text.parse::<Ipv6Net>().ok())
        .any(|reserved| reserved.contains(&net))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_internet_and_its_halves_are_public() {
        for text in
            ["0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "2000::/3", "0:0:0:0:0:0:0:0/0", "::ffff:0.0.0.0/96"]
        {
            assert_eq!(is_public(text), Some(true), "{text}");
        }
    }

    #[test]
    fn private_reserved_and_narrow_ranges_are_not_public() {
        for text in
            ["10.0.0.0/8", "192.168.0.0/16", "fc00::/7", "224.0.0.0/4", "203.0.113.7/32", "203.0.113.7", "8.0.0.0/9"]
        {
            assert_eq!(is_public(text), Some(false), "{text}");
        }
    }

    #[test]
    fn the_world_is_only_a_prefix_of_nothing() {
        assert_eq!(is_world("0.0.0.0/0"), Some(true));
        assert_eq!(is_world("1.2.3.4/0"), Some(true));
        assert_eq!(is_world("0.0.0.0/1"), Some(false));
        assert_eq!(is_world("sg-1"), None);
        assert_eq!(is_public(""), None);
    }
}
