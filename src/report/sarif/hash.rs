//! `primaryLocationLineHash`, the fingerprint that code scanning services follow alerts by.
//!
//! A rolling hash over the hundred characters from the start of each line on, spaces, tabs and kinds of line ending aside.
//! It does not know SARIF.

use std::collections::HashMap;

/// Characters a line's hash covers.
const WINDOW: usize = 100;
const FACTOR: u64 = 37;
/// Fed once after the text, as the reference algorithm does.
const END: u16 = u16::MAX;

/// The hash of each line, first line first, as `hash:n` where n counts lines of the same hash.
pub(super) fn line_hashes(text: &str) -> Vec<String> {
    let mut state = Hasher::new();
    let mut after_cr = false;
    for unit in text.encode_utf16() {
        let skipped = unit == u16::from(b' ') || unit == u16::from(b'\t') || (after_cr && unit == u16::from(b'\n'));
        let is_cr = unit == u16::from(b'\r');
        after_cr = is_cr && !skipped;
        if !skipped {
            state.feed(if is_cr { u16::from(b'\n') } else { unit });
        }
    }
    state.feed(END);
    for _ in 0..WINDOW {
        state.emit();
        state.roll(0);
    }
    state.hashes
}

struct Hasher {
    window: [u16; WINDOW],
    /// Whether a line began with the character at this place of the window.
    line_starts: [bool; WINDOW],
    index: usize,
    value: u64,
    /// `FACTOR` to the power of `WINDOW`: the weight of the character that leaves the window.
    leaving: u64,
    at_line_start: bool,
    counts: HashMap<u64, usize>,
    hashes: Vec<String>,
}

impl Hasher {
    fn new() -> Self {
        Self {
            window: [0; WINDOW],
            line_starts: [false; WINDOW],
            index: 0,
            value: 0,
            leaving: (0..WINDOW).fold(1, |power: u64, _| power.wrapping_mul(FACTOR)),
            at_line_start: true,
            counts: HashMap::new(),
            hashes: Vec::new(),
        }
    }

    fn feed(&mut self, unit: u16) {
        self.emit();
        if self.at_line_start {
            self.at_line_start = false;
            if let Some(start) = self.line_starts.get_mut(self.index) {
                *start = true;
            }
        }
        self.at_line_start = unit == u16::from(b'\n');
        self.roll(unit);
    }

    /// When the window has gone all the way round to a line's start, the value is that line's hash.
    fn emit(&mut self) {
        let Some(start) = self.line_starts.get_mut(self.index) else { return };
        if std::mem::take(start) {
            let count = self.counts.entry(self.value).or_insert(0);
            *count += 1;
            self.hashes.push(format!("{:x}:{count}", self.value));
        }
    }

    fn roll(&mut self, unit: u16) {
        let Some(slot) = self.window.get_mut(self.index) else { return };
        let old = std::mem::replace(slot, unit);
        self.value = self
            .value
            .wrapping_mul(FACTOR)
            .wrapping_add(u64::from(unit))
            .wrapping_sub(self.leaving.wrapping_mul(u64::from(old)));
        self.index = (self.index + 1) % WINDOW;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition written down a second time, without rolling: a polynomial over the next hundred characters.
    fn by_definition(text: &str) -> Vec<String> {
        let unified = text.replace("\r\n", "\n").replace('\r', "\n");
        let mut units: Vec<u16> = unified.encode_utf16().filter(|&u| u != 32 && u != 9).collect();
        units.push(END);
        let starts = (0..units.len()).filter(|&i| i == 0 || units[i - 1] == 10);
        let mut counts = HashMap::new();
        starts
            .map(|start| {
                let value = (0..WINDOW).fold(0u64, |value, i| {
                    value.wrapping_mul(FACTOR).wrapping_add(units.get(start + i).copied().unwrap_or(0).into())
                });
                let count = counts.entry(value).or_insert(0);
                *count += 1;
                format!("{value:x}:{count}")
            })
            .collect()
    }

    #[test]
    fn an_empty_text_hashes_its_end() {
        let power = (0..WINDOW - 1).fold(1u64, |power, _| power.wrapping_mul(FACTOR));
        assert_eq!(line_hashes(""), [format!("{:x}:1", power.wrapping_mul(65535))]);
    }

    #[test]
    fn line_endings_do_not_matter() {
        let lf = line_hashes("a\nb\n\nc\n");
        assert_eq!(lf.len(), 5);
        assert_eq!(line_hashes("a\r\nb\r\n\r\nc\r\n"), lf);
        assert_eq!(line_hashes("a\rb\r\rc\r"), lf);
        assert_eq!(line_hashes("a\r\nb\n\rc\r\n"), lf);
    }

    #[test]
    fn spaces_and_tabs_do_not_matter() {
        assert_eq!(line_hashes("  a = 1\n\tb\n"), line_hashes("a=1\nb\n"));
    }

    #[test]
    fn repeated_lines_are_numbered() {
        let hashes = line_hashes(&"x = 1\n".repeat(40));
        let first = hashes[0].split(':').next().unwrap();
        // Every window that lies wholly inside the repetition is alike: 40 lines of 4 characters, windows of 100.
        let alike: Vec<_> = hashes.iter().filter(|hash| hash.starts_with(&format!("{first}:"))).collect();
        let expected: Vec<_> = (1..=16).map(|n| format!("{first}:{n}")).collect();
        assert_eq!(alike, expected.iter().collect::<Vec<_>>());
    }

    #[test]
    fn rolling_agrees_with_the_definition() {
        let long = format!("{}\n{}\n", "ab 😀c".repeat(60), "resource \"x\" {\r\n".repeat(30));
        for text in ["", "\n", "a", "a\nb", " \t\r\n\r\rx", &long, "hello\n\n\nworld!!!\r\n \t\nEnd"] {
            assert_eq!(line_hashes(text), by_definition(text), "{text:?}");
        }
    }
}
