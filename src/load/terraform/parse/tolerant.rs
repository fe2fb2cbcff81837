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
