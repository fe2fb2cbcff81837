//! Digests of texts and bytes, and identifiers made of them.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::{Answer, string, text_argument};
use crate::model::{Node, Span};

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

pub fn md5(arguments: &[Node], span: Span) -> Answer {
    string(hex(&Md5::digest(text_argument(arguments, 0)?.as_bytes())), span)
}

pub fn sha1(arguments: &[Node], span: Span) -> Answer {
    string(hex(&Sha1::digest(text_argument(arguments, 0)?.as_bytes())), span)
}

pub fn sha256(arguments: &[Node], span: Span) -> Answer {
    string(hex(&Sha256::digest(text_argument(arguments, 0)?.as_bytes())), span)
}

pub fn sha512(arguments: &[Node], span: Span) -> Answer {
    string(hex(&Sha512::digest(text_argument(arguments, 0)?.as_bytes())), span)
}

pub fn base64sha256(arguments: &[Node], span: Span) -> Answer {
    string(STANDARD.encode(Sha256::digest(text_argument(arguments, 0)?.as_bytes())), span)
}

pub fn base64sha512(arguments: &[Node], span: Span) -> Answer {
    string(STANDARD.encode(Sha512::digest(text_argument(arguments, 0)?.as_bytes())), span)
}

/// What `filebase64`, `filemd5` and their like say of a file's bytes; `None` for a name that is none of them.
pub fn of_file(name: &str, bytes: &[u8]) -> Option<String> {
    Some(match name {
        "filebase64" => STANDARD.encode(bytes),
        "filemd5" => hex(&Md5::digest(bytes)),
        "filesha1" => hex(&Sha1::digest(bytes)),
        "filesha256" => hex(&Sha256::digest(bytes)),
        "filesha512" => hex(&Sha512::digest(bytes)),
        "filebase64sha256" => STANDARD.encode(Sha256::digest(bytes)),
        "filebase64sha512" => STANDARD.encode(Sha512::digest(bytes)),
        _ => return None,
    })
}

/// The name-based identifier (RFC 4122, version 5) of a text in a namespace.
pub fn uuidv5(arguments: &[Node], span: Span) -> Answer {
    // The four namespaces of the RFC differ in one digit.
    let space = match &*text_argument(arguments, 0)? {
        "dns" => "6ba7b810-9dad-11d1-80b4-00c04fd430c8".to_owned(),
        "url" => "6ba7b811-9dad-11d1-80b4-00c04fd430c8".to_owned(),
        "oid" => "6ba7b812-9dad-11d1-80b4-00c04fd430c8".to_owned(),
        "x500" => "6ba7b814-9dad-11d1-80b4-00c04fd430c8".to_owned(),
        other => other.to_owned(),
    };
    let bytes = uuid_bytes(&space).ok_or("the namespace is neither dns, url, oid, x500 nor a UUID")?;
    let mut hasher = Sha1::new();
    hasher.update(bytes);
    hasher.update(text_argument(arguments, 1)?.as_bytes());
    let digest = hasher.finalize();
    let mut id: Vec<u8> = digest.iter().take(16).copied().collect();
    if let Some(byte) = id.get_mut(6) {
        *byte = *byte & 0x0f | 0x50;
    }
    if let Some(byte) = id.get_mut(8) {
        *byte = *byte & 0x3f | 0x80;
    }
    let text = hex(&id);
    let groups = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| text.get(range).unwrap_or(""));
    string(groups.join("-"), span)
}

fn uuid_bytes(text: &str) -> Option<Vec<u8>> {
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    let digits = text.replace('-', "");
    if groups != [8, 4, 4, 4, 12] || !digits.is_ascii() {
        return None;
    }
    (0..16).map(|index| u8::from_str_radix(digits.get(index * 2..index * 2 + 2)?, 16).ok()).collect()
}
