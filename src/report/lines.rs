//! One source line as it may be shown: masked, made safe, and cut around the place of interest.
//!
//! It does not know how snippets are drawn.

use std::ops::Range;

use super::escape;
use super::mask::{self, SecretLines};
use crate::model::{FileId, SourceFile};

/// Bytes shown before and after the start of the annotated text, at most.
pub(super) const BEFORE: usize = 80;
pub(super) const AFTER: usize = 160;

/// A line ready to print, and the way from bytes of the file's line to bytes of it.
pub(super) struct Line {
    pub(super) text: String,
    /// For each byte of the visible window, where it went; one more for the end.
    offsets: Vec<usize>,
    /// Where in the file's line the window begins.
    window: usize,
}

impl Line {
    /// Shapes line `number`; `anchor` is the byte in it that has to be visible.
    pub(super) fn new(source: &SourceFile, file: FileId, number: u32, anchor: usize, secrets: &SecretLines) -> Self {
        let full = source.line(number).unwrap_or_default();
        let shown = secrets.shown_bytes(file, number, full).map(|shown| mask::masked(full, shown));
        let line = shown.as_deref().unwrap_or(full);
        let anchor = anchor.min(line.len());
        // A line that fits is shown whole; a longer one around the anchor.
        let (start, end) = if line.len() <= BEFORE + AFTER {
            (0, line.len())
        } else {
            let start = floor(line, anchor.saturating_sub(BEFORE));
            (start, floor(line, anchor.saturating_add(AFTER)))
        };
        let mut text = String::new();
        if start > 0 {
            text.push('…');
        }
        let mut offsets = Vec::with_capacity(end - start + 1);
        for c in line.get(start..end).unwrap_or_default().chars() {
            offsets.extend(std::iter::repeat_n(text.len(), c.len_utf8()));
            match c {
                // Indentation by tabs is ordinary; the byte order mark is no part of the text.
                '\t' => text.push('\t'),
                '\u{feff}' if number == 1 && offsets.len() == c.len_utf8() => {}
                c => escape::push(c, &mut text),
            }
        }
        offsets.push(text.len());
        if end < line.len() {
            text.push('…');
        }
        Self { text, offsets, window: start }
    }

    /// Where a byte range of the file's line is in [`Self::text`].
    pub(super) fn range(&self, start: usize, end: usize) -> Range<usize> {
        let place = |byte: usize| {
            let last = self.offsets.last().copied().unwrap_or(0);
            self.offsets.get(byte.saturating_sub(self.window)).copied().unwrap_or(last)
        };
        let (start, end) = (place(start), place(end));
        start..end.max(start)
    }
}

fn floor(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
