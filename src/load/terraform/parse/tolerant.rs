//! Repairs of texts that the parser refuses although Terraform takes them. It does not know what the text means.

use std::collections::BTreeMap;
use std::sync::Arc;

use hcl_edit::parser::Error;
use hcl_edit::structure::Body as HclBody;

use super::super::ast::Body;
use super::chunks::{code_part, heredoc_marker};
use super::convert::Converter;
use crate::model::FileId;

/// A parsed text that the parser refused as it stands although Terraform takes it. What was in the way is masked by
/// text of the same length and put back on conversion, so that every place stays exact.
pub struct Tolerant {
    body: HclBody,
    /// Object keys that repeat an earlier one, by offset: the last wins in Terraform.
    keys: BTreeMap<usize, Arc<str>>,
    /// The first character of heredoc markers that were masked where they start a line inside a heredoc.
    marker: Option<char>,
}

/// Stands for a masked character inside a heredoc.
pub const MASK: char = '\u{1}';
/// More repeated keys than this in one text are not repaired.
const MAX_REPAIRS: usize = 200;

impl Tolerant {
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut keys = BTreeMap::new();
        let mut marker = None;
        let mut error = match hcl_edit::parser::parse_body(text) {
            Ok(body) => return Ok(Self { body, keys, marker }),
            Err(error) => error,
        };
        let mut repaired = text.to_owned();
        let mut joined = false;
        while keys.len() < MAX_REPAIRS {
            if error.message().contains("redefined object key") {
                let Some((offset, key)) = key_at(&repaired, error.location().offset()) else { break };
                let Some(mask) = unused_key(&repaired, key.len()) else { break };
                repaired.replace_range(offset..offset + key.len(), &mask);
                keys.insert(offset, key.into());
            } else if marker.is_none()
                && let Some((masked, first)) = mask_markers(&repaired)
            {
                repaired = masked;
                marker = Some(first);
            } else if !joined && let Some(one_line) = join_for_lines(&repaired) {
                repaired = one_line;
                joined = true;
            } else {
                break;
            }
            match hcl_edit::parser::parse_body(&repaired) {
                Ok(body) => return Ok(Self { body, keys, marker }),
                Err(next) => error = next,
            }
        }
        Err(error)
    }

    pub fn convert(&self, file: FileId, base: usize) -> Body {
        Converter { base, keys: &self.keys, marker: self.marker, ..Converter::new(file) }.body(&self.body)
    }
}

/// The key that starts at an offset, without quotes, and where its text starts.
fn key_at(text: &str, offset: usize) -> Option<(usize, String)> {
    let rest = text.get(offset..)?;
    if let Some(quoted) = rest.strip_prefix('"') {
        let key = quoted.split('"').next().filter(|key| !key.contains(['\\', '$', '%', '\n']))?;
        return Some((offset + 1, key.to_owned()));
    }
    let key: String = rest.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-')).collect();
    (!key.is_empty()).then_some((offset, key))
}

/// A word of a given length that does not occur in the text.
fn unused_key(text: &str, length: usize) -> Option<String> {
    let letters = 'a'..='z';
    let candidate = |first: char, second: char| -> String {
        [first, second].into_iter().chain(std::iter::repeat('q')).take(length).collect()
    };
    let mut candidates = letters.clone().flat_map(|first| letters.clone().map(move |second| candidate(first, second)));
    candidates.find(|word| word.len() == length && !text.contains(word.as_str()))
}

/// Puts every `{ for … }` on one line, comments in it blanked: line ends mean nothing there, but the parser minds them around
/// conditionals. What stands inside nested braces and heredocs stays.
fn join_for_lines(text: &str) -> Option<String> {
    let mut out = text.as_bytes().to_vec();
    let bytes = text.as_bytes();
    // One entry for each open brace: whether it is that of a `for`.
    let mut braces: Vec<bool> = Vec::new();
    let (mut at, mut changed) = (0, false);
    let blank =
        |out: &mut Vec<u8>, from: usize, to: usize| out.get_mut(from..to).into_iter().flatten().for_each(|b| *b = b' ');
    while let Some(&byte) = bytes.get(at) {
        let rest = text.get(at..).unwrap_or("");
        let in_for = braces.last() == Some(&true);
        let length = match byte {
            b'"' => string_length(rest),
            b'#' => line_length(rest),
            b'/' if rest.starts_with("//") => line_length(rest),
            b'/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            b'<' if rest.starts_with("<<") => heredoc_length(rest),
            _ => 1,
        };
        match byte {
            b'{' => {
                let inside = rest.get(1..).unwrap_or("").trim_start();
                braces.push(inside.strip_prefix("for").is_some_and(|rest| rest.starts_with(char::is_whitespace)));
            }
            b'}' => {
                braces.pop();
            }
            b'#' | b'/' if in_for && length > 1 => {
                blank(&mut out, at, at + length);
                changed = true;
            }
            b'\n' | b'\r' if in_for => {
                blank(&mut out, at, at + 1);
                changed = true;
            }
            _ => {}
        }
        at += length.max(1);
    }
    if !changed {
        return None;
    }
    String::from_utf8(out).ok()
}

/// The length of a quoted string with its quotes; templates in it may hold strings themselves.
fn string_length(text: &str) -> usize {
    // Open strings (`"`) and template braces (`{`), innermost last.
    let mut open = vec![b'"'];
    let bytes = text.as_bytes();
    let mut at = 1;
    while let (Some(&byte), Some(&inside)) = (bytes.get(at), open.last()) {
        match (inside, byte) {
            (b'"', b'\\') => at += 1,
            (b'"', b'$' | b'%') if bytes.get(at + 1) == Some(&b'{') => {
                open.push(b'{');
                at += 1;
            }
            (b'"', b'"') | (b'{', b'}') => {
                open.pop();
            }
            (b'{', b'"' | b'{') => open.push(byte),
            // A string that does not end on its line is no string.
            (b'"', b'\n') if open.len() == 1 => return at,
            _ => {}
        }
        at += 1;
    }
    at.min(bytes.len())
}

/// The length of a heredoc up to its closing marker, or of the two brackets if it is none.
fn heredoc_length(text: &str) -> usize {
    let name = text.trim_start_matches('<').trim_start_matches('-');
    let word = name.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(name.len());
    let marker = name.get(..word).unwrap_or("");
    if marker.is_empty() || !name.get(word..).unwrap_or("").starts_with(['\n', '\r']) {
        return text.len() - text.trim_start_matches('<').len();
    }
    let mut length = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if number > 0 && line.trim() == marker {
            break;
        }
        length += line.len();
    }
    length
}

fn line_length(text: &str) -> usize {
    text.find('\n').unwrap_or(text.len())
}

/// Masks lines inside heredocs that only begin with the marker: Terraform ends a heredoc at the marker alone.
fn mask_markers(text: &str) -> Option<(String, char)> {
    let mut out = String::with_capacity(text.len());
    let mut heredoc: Option<String> = None;
    let mut masked = None;
    let mut in_comment = false;
    for line in text.split_inclusive('\n') {
        match &heredoc {
            Some(marker) if line.trim() == marker => {
                heredoc = None;
                out.push_str(line);
            }
            Some(marker) if line.trim_start().starts_with(marker.as_str()) && marker.is_ascii() => {
                let lead = line.len() - line.trim_start().len();
                masked = marker.chars().next().or(masked);
                out.push_str(line.get(..lead).unwrap_or(""));
                out.push(MASK);
                out.push_str(line.get(lead + 1..).unwrap_or(""));
            }
            Some(_) => out.push_str(line),
            None => {
                heredoc = heredoc_marker(&code_part(line, &mut in_comment));
                out.push_str(line);
            }
        }
    }
    masked.map(|first| (out, first))
}
