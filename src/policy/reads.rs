//! What a policy may read and compare with: the static base of deciding about unknown values.
//!
//! Computed from the rules that its entry rules can reach, its libraries included. It does not know resources.

use std::collections::BTreeSet;
use std::sync::Arc;

use regex_syntax::hir::{Class, Hir, HirKind};

use super::check::Names;
use super::module::Mentions;

/// How a policy judges texts, from what trying covers well to what it cannot cover.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum TextTest {
    /// Compares whole texts.
    #[default]
    Equality,
    /// Looks at beginnings, ends and pieces.
    Pieces,
    /// Matches patterns.
    Patterns,
    /// Computes: dates, versions, encodings, patterns put together while running.
    Computed,
}

/// The read set and the values a policy tells apart.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about one text")]
pub struct Reads {
    words: BTreeSet<Arc<str>>,
    /// True when any attribute may be read.
    pub whole: bool,
    /// Strings the policy compares with, its parameters included.
    pub strings: Vec<Arc<str>>,
    pub numbers: Vec<Arc<str>>,
    /// More of the same, for which one of the above stands wherever not all can be tried.
    pub alike_strings: Vec<Arc<str>>,
    pub alike_numbers: Vec<Arc<str>>,
    /// Words that may be keys of a map.
    pub keys: Vec<Arc<str>>,
    /// Judges what is written only: values that are not known are no literals, whatever they turn out to be.
    pub literals: bool,
    /// Judges addresses or networks.
    pub networks: bool,
    /// Takes ARNs apart.
    pub arns: bool,
    /// Counts or measures.
    pub counts: bool,
    pub texts: TextTest,
    /// The answer depends on the resource's own address, which is otherwise only a word in messages.
    pub address: bool,
    /// The answer depends on addresses of linked resources.
    pub other_addresses: bool,
    /// The answer depends on configs of linked resources, rather than on their being there.
    pub other_configs: bool,
}

impl Reads {
    /// True when the word occurs in the policy.
    pub fn mentions(&self, word: &str) -> bool {
        self.whole || self.words.contains(word)
    }

    /// True when the policy's own text has the word, rather than reading whatever there is.
    pub fn names(&self, word: &str) -> bool {
        self.words.contains(word)
    }

    pub(super) fn of(
        names: &Names<'_>,
        entries: &[String],
        parameters: &serde_json::Map<String, serde_json::Value>,
    ) -> Self {
        let mut all = Mentions::default();
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut queue: Vec<String> = entries.to_vec();
        while let Some(name) = queue.pop() {
            if !seen.insert(name.clone()) {
                continue;
            }
            for (module, rule) in names.get(&name) {
                all.merge(&rule.mentions);
                for call in &rule.calls {
                    queue.push(call.name.clone());
                    queue.push(super::check::full_name(module, &call.name));
                }
                for path in &rule.refs {
                    queue.extend(names.resolve(module, path).into_iter().map(str::to_owned));
                }
            }
        }
        let mut reads = Self::from_mentions(&all);
        for value in parameters.values() {
            reads.add_parameter(value);
        }
        reads
    }

    fn from_mentions(all: &Mentions) -> Self {
        let calls = |test: &dyn Fn(&str) -> bool| all.functions.iter().any(|function| test(function));
        let mut strings: Vec<Arc<str>> = all.strings.iter().filter(|text| is_plausible(text)).cloned().collect();
        // A text with a star is often a pattern; so is also tried what it might match.
        let filled: Vec<Arc<str>> =
            strings.iter().filter(|s| s.len() > 1 && s.contains('*')).map(|s| s.replace('*', "a").into()).collect();
        strings.extend(filled);
        strings.extend(all.patterns.iter().filter_map(|pattern| sample(pattern)));
        let unsampled = all.patterns.iter().any(|pattern| sample(pattern).is_none());
        let texts = all.functions.iter().map(|function| text_test(function)).max().unwrap_or_default();
        let texts = if unsampled { TextTest::Computed } else { texts };
        strings.dedup();
        let more = |alike: &BTreeSet<Arc<str>>, own: &BTreeSet<Arc<str>>| alike.difference(own).cloned().collect();
        let alike_strings: Vec<Arc<str>> = more(&all.alike_strings, &all.strings);
        Self {
            whole: all.whole,
            numbers: all.numbers.iter().cloned().collect(),
            alike_strings: alike_strings.into_iter().filter(|text| is_plausible(text)).collect(),
            alike_numbers: more(&all.alike_numbers, &all.numbers),
            keys: all.words.iter().filter(|word| is_plausible(word)).cloned().collect(),
            networks: calls(&|f| f.starts_with("net.") || f.starts_with("cidr.")),
            arns: calls(&|f| f.starts_with("arn.")),
            counts: calls(&|f| f == "count"),
            texts,
            strings,
            words: all.words.clone(),
            address: all.address,
            other_addresses: all.other_addresses,
            other_configs: all.other_configs,
            literals: false,
        }
    }

    pub(super) fn add_parameter(&mut self, value: &serde_json::Value) {
        match value {
            serde_json::Value::String(text) => {
                let text: Arc<str> = text.as_str().into();
                if !self.strings.contains(&text) {
                    self.strings.push(text.clone());
                }
                if !self.keys.contains(&text) {
                    self.keys.push(text.clone());
                }
                self.words.insert(text);
            }
            serde_json::Value::Number(number) => self.numbers.push(number.to_string().into()),
            serde_json::Value::Array(items) => items.iter().for_each(|item| self.add_parameter(item)),
            serde_json::Value::Object(map) => {
                for (key, value) in map {
                    self.add_parameter(&serde_json::Value::String(key.clone()));
                    self.add_parameter(value);
                }
            }
            serde_json::Value::Null | serde_json::Value::Bool(_) => {}
        }
    }
}

impl Mentions {
    fn merge(&mut self, other: &Self) {
        self.words.extend(other.words.iter().cloned());
        self.strings.extend(other.strings.iter().cloned());
        self.patterns.extend(other.patterns.iter().cloned());
        self.numbers.extend(other.numbers.iter().cloned());
        self.alike_strings.extend(other.alike_strings.iter().cloned());
        self.alike_numbers.extend(other.alike_numbers.iter().cloned());
        self.functions.extend(other.functions.iter().cloned());
        self.whole |= other.whole;
        self.address |= other.address;
        self.other_addresses |= other.other_addresses;
        self.other_configs |= other.other_configs;
    }
}

fn text_test(function: &str) -> TextTest {
    let is = |names: &[&str]| {
        names.iter().any(|name| function == *name || name.ends_with('.') && function.starts_with(name))
    };
    if is(&["stanchion.items", "stanchion.list"]) {
        TextTest::Equality
    } else if is(&[
        "startswith",
        "endswith",
        "contains",
        "split",
        "lower",
        "upper",
        "stanchion.",
        "net.",
        "cidr.",
        "arn.",
        "secrets.",
        "count",
    ]) {
        TextTest::Pieces
    } else if is(&["regex.match", "regex.find_n", "glob."]) {
        TextTest::Patterns
    } else if is(&[
        "time.",
        "semver.",
        "units.",
        "base64.",
        "base64url.",
        "hex.",
        "json.",
        "yaml.",
        "bits.",
        "strings.",
        "regex.",
    ]) || is(&[
        "to_number",
        "substring",
        "indexof",
        "indexof_n",
        "replace",
        "trim",
        "trim_left",
        "trim_right",
        "trim_space",
        "trim_prefix",
        "trim_suffix",
    ]) {
        TextTest::Computed
    } else {
        TextTest::Equality
    }
}

/// Sentences and formats are messages, not values of attributes.
fn is_plausible(text: &str) -> bool {
    !text.is_empty() && !text.contains(' ') && !text.contains('%')
}

/// A short text that a regular expression matches, found by taking the first way through it.
fn sample(pattern: &str) -> Option<Arc<str>> {
    let hir = regex_syntax::parse(pattern).ok()?;
    let mut out = String::new();
    walk(&hir, &mut out)?;
    regex::Regex::new(pattern).ok()?.is_match(&out).then(|| out.into())
}

fn walk(hir: &Hir, out: &mut String) -> Option<()> {
    if out.len() > 1_000 {
        return None;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.push_str(std::str::from_utf8(&literal.0).ok()?),
        HirKind::Class(Class::Unicode(class)) => {
            let ranges = class.ranges();
            let printable =
                ranges.iter().find(|r| r.end() >= '0').map(|r| if r.start() < '0' { '0' } else { r.start() });
            out.push(printable.or_else(|| ranges.first().map(regex_syntax::hir::ClassUnicodeRange::start))?);
        }
        HirKind::Class(Class::Bytes(class)) => out.push(char::from(class.ranges().first()?.start())),
        HirKind::Repetition(repetition) => {
            for _ in 0..repetition.min.min(200) {
                walk(&repetition.sub, out)?;
            }
        }
        HirKind::Capture(capture) => walk(&capture.sub, out)?,
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| walk(part, out))?,
        HirKind::Alternation(ways) => walk(ways.first()?, out)?,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_matches_its_pattern() {
        assert_eq!(sample("^v[0-9]+$").as_deref(), Some("v0"));
        assert_eq!(sample(r"^(TLS|SSL)\.\d{2}").as_deref(), Some("TLS.00"));
        assert_eq!(sample("(").as_deref(), None);
    }
}
