//! Functions over network addresses, IPv4 and IPv6.

use std::net::IpAddr;

use ipnet::IpNet;
use num_bigint::BigInt;

use super::super::kinds;
use super::{Answer, boolean, index_argument, number_argument, string, text_argument};
use crate::model::{Node, Span};

fn network(text: &str) -> Result<IpNet, String> {
    text.parse::<IpNet>().map_err(|_| format!("'{text}' is not a CIDR block"))
}

pub fn cidrsubnet(arguments: &[Node], span: Span) -> Answer {
    let base = network(&text_argument(arguments, 0)?)?.trunc();
    let new_bits = number_argument(arguments, 1)?.whole().ok_or("a bad number of bits")?;
    let number = number_argument(arguments, 2)?.whole().and_then(|n| u128::try_from(n).ok()).ok_or("a bad number")?;
    let length = new_bits.checked_add(base.prefix_len().into()).and_then(|length| u8::try_from(length).ok());
    let length = length.filter(|length| *length <= base.max_prefix_len()).ok_or("the prefix becomes too long")?;
    if (0..128).contains(&new_bits) && number >> new_bits != 0 {
        return Err("the network number does not fit".into());
    }
    let shift = u32::from(base.max_prefix_len() - length);
    let address = add(base.network(), number.checked_shl(shift).unwrap_or(0));
    string(format!("{address}/{length}"), span)
}

/// Consecutive subnets of the given additional bits, each aligned to its own size.
pub fn cidrsubnets(arguments: &[Node], span: Span) -> Answer {
    let base = network(&text_argument(arguments, 0)?)?.trunc();
    let width = u32::from(base.max_prefix_len());
    let mut next: u128 = 0;
    let mut out = Vec::new();
    for index in 1..arguments.len() {
        let bits = index_argument(arguments, index)?;
        if bits == 0 || bits > 32 {
            return Err("a prefix is extended by 1 to 32 bits".into());
        }
        let bits = u8::try_from(bits).map_err(|_| "too many bits")?;
        let length = base.prefix_len().checked_add(bits).filter(|l| *l <= base.max_prefix_len());
        let length = length.ok_or("the prefix becomes too long")?;
        let size = 1u128.checked_shl(width - u32::from(length)).unwrap_or(u128::MAX);
        next = next.div_ceil(size).saturating_mul(size);
        let total = 1u128.checked_shl(width - u32::from(base.prefix_len())).unwrap_or(u128::MAX);
        if next.saturating_add(size) > total {
            return Err("the network has no room for all subnets".into());
        }
        out.push(Node::string(format!("{}/{length}", add(base.network(), next)), span));
        next += size;
    }
    Ok(kinds::list(out, span))
}

pub fn cidrhost(arguments: &[Node], span: Span) -> Answer {
    let base = network(&text_argument(arguments, 0)?)?.trunc();
    let number = BigInt::from(number_argument(arguments, 1)?.whole().ok_or("a bad number")?);
    let size = BigInt::from(1) << (base.max_prefix_len() - base.prefix_len());
    let offset = if number < BigInt::ZERO { &size + number } else { number };
    if offset < BigInt::ZERO || offset >= size {
        return Err("the host number does not fit".into());
    }
    string(add(base.network(), u128::try_from(offset).unwrap_or(0)).to_string(), span)
}

pub fn cidrnetmask(arguments: &[Node], span: Span) -> Answer {
    match network(&text_argument(arguments, 0)?)? {
        IpNet::V4(network) => string(network.netmask().to_string(), span),
        IpNet::V6(_) => Err("IPv6 networks have no netmask".into()),
    }
}

/// Whether an address or a whole network lies in a network.
pub fn cidrcontains(arguments: &[Node], span: Span) -> Answer {
    let outer = network(&text_argument(arguments, 0)?)?;
    let text = text_argument(arguments, 1)?;
    let inner = match text.parse::<IpAddr>() {
        Ok(address) => IpNet::from(address),
        Err(_) => network(&text)?,
    };
    match (outer, inner) {
        (IpNet::V4(_), IpNet::V6(_)) | (IpNet::V6(_), IpNet::V4(_)) => Err("the address families differ".into()),
        _ => boolean(outer.contains(&inner), span),
    }
}

fn add(address: IpAddr, offset: u128) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let sum = u32::from(v4).wrapping_add(u32::try_from(offset & u128::from(u32::MAX)).unwrap_or(0));
            IpAddr::V4(sum.into())
        }
        IpAddr::V6(v6) => IpAddr::V6(u128::from(v6).wrapping_add(offset).into()),
    }
}
