//! A text taken from pieces of a source, with the way back to the source.

/// Text with continuations joined or quotes removed; each byte knows its place in the source.
#[derive(Clone, Debug, Default)]
pub(super) struct Mapped {
    pub(super) text: String,
    /// Start in the text, start in the source; in order of both.
    segments: Vec<(usize, usize)>,
    /// Where bytes have no place of their own (a decoded JSON string), the range all of them stand for.
    pinned: Option<(usize, usize)>,
}

impl Mapped {
    /// A text whose bytes all stand for one range.
    pub(super) fn pinned(text: &str, range: (usize, usize)) -> Self {
        Self { text: text.into(), segments: Vec::new(), pinned: Some(range) }
    }

    /// An empty text to be filled with pieces of `other`.
    pub(super) fn within(other: &Self) -> Self {
        Self { pinned: other.pinned, ..Self::default() }
    }

    pub(super) fn push(&mut self, text: &str, source: usize) {
        if text.is_empty() {
            return;
        }
        let at = self.text.len();
        let follows = self.segments.last().is_some_and(|&(start, from)| from + (at - start) == source);
        if !follows && self.pinned.is_none() {
            self.segments.push((at, source));
        }
        self.text.push_str(text);
    }

    /// Appends a part of another text with its places.
    pub(super) fn push_part(&mut self, other: &Self, range: (usize, usize)) {
        let mut at = range.0;
        while at < range.1 {
            let next = other.segments.partition_point(|&(start, _)| start <= at);
            let end = other.segments.get(next).map_or(range.1, |&(start, _)| start.min(range.1));
            self.push(other.get((at, end)), other.source(at));
            at = end;
        }
    }

    /// The place of a byte in the source.
    pub(super) fn source(&self, at: usize) -> usize {
        if let Some((start, _)) = self.pinned {
            return start;
        }
        let index = self.segments.partition_point(|&(start, _)| start <= at).saturating_sub(1);
        self.segments.get(index).map_or(0, |&(start, source)| source + at.saturating_sub(start))
    }

    /// The range of the source a range of the text was taken from.
    pub(super) fn range(&self, start: usize, end: usize) -> (usize, usize) {
        if let Some(range) = self.pinned {
            return range;
        }
        let from = self.source(start);
        if end <= start { (from, from) } else { (from, self.source(end - 1) + 1) }
    }

    /// A part of the text, with blanks at both ends cut off.
    pub(super) fn trimmed(&self, start: usize, end: usize) -> (usize, usize) {
        let part = self.text.get(start..end).unwrap_or("");
        let lead = part.len() - part.trim_start().len();
        let part = part.trim();
        (start + lead, start + lead + part.len())
    }

    pub(super) fn get(&self, range: (usize, usize)) -> &str {
        self.text.get(range.0..range.1).unwrap_or("")
    }
}
