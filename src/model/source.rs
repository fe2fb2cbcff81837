//! The text of every input, read once, and the spans that point into it.
//!
//! Spans are byte ranges; lines and columns are computed here and nowhere else, at the edge. It does not know file systems.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// A file of the [`SourceMap`] it came from. Its number has no meaning beyond identity: order by path instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileId(u32);

/// A byte range of one file. `end` is exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    pub file: FileId,
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub const fn new(file: FileId, start: u32, end: u32) -> Self {
        Self { file, start, end }
    }

    /// True when `other` lies wholly inside this span.
    pub fn contains(&self, other: Self) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }
}

/// A 1-based place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: u32,
    /// Counted in UTF-16 code units, as SARIF and editors count.
    pub column: u32,
}

/// A span in lines and columns; the end is exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Region {
    pub start: Position,
    pub end: Position,
}

/// One input text.
#[derive(Debug)]
pub struct SourceFile {
    /// Relative to the working directory, with `/` between components.
    pub path: Arc<str>,
    /// The text as it stands in the file, byte order mark included.
    pub text: Arc<str>,
    line_starts: OnceLock<Vec<u32>>,
    /// UTF-16 units before each block of [`BLOCK`] bytes, for files with very long lines.
    units: OnceLock<Vec<u32>>,
}

/// A plan is often one line of megabytes: columns are counted from the last multiple of this many bytes.
const BLOCK: usize = 4096;

impl SourceFile {
    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let newlines = self.text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n');
            std::iter::once(0).chain(newlines.filter_map(|(index, _)| u32::try_from(index + 1).ok())).collect()
        })
    }

    /// The line and column of a byte offset; an offset inside a character counts as that character's start.
    pub fn position(&self, offset: u32) -> Position {
        let starts = self.line_starts();
        let line = starts.partition_point(|&start| start <= offset).saturating_sub(1);
        let line_start = starts.get(line).copied().unwrap_or(0) as usize;
        let mut end = (offset as usize).min(self.text.len());
        while end > line_start && !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let mark = usize::from(line == 0 && end > 0 && self.text.starts_with('\u{feff}'));
        let column = (self.units_before(end) - self.units_before(line_start)).saturating_sub(mark) + 1;
        Position { line: to_u32(line + 1), column: to_u32(column) }
    }

    /// UTF-16 units of the text before a character's first byte.
    fn units_before(&self, end: usize) -> usize {
        let bytes = self.text.as_bytes();
        let units = self.units.get_or_init(|| {
            let blocks = bytes.chunks(BLOCK).scan(0, |sum, block| {
                *sum += count_units(block);
                Some(to_u32(*sum))
            });
            std::iter::once(0).chain(blocks).collect()
        });
        let block = end / BLOCK;
        let before = units.get(block).copied().unwrap_or(0) as usize;
        before + count_units(bytes.get(block * BLOCK..end).unwrap_or(&[]))
    }

    /// The text of a 1-based line, without its line ending.
    pub fn line(&self, line: u32) -> Option<&str> {
        let starts = self.line_starts();
        let index = (line as usize).checked_sub(1)?;
        let start = *starts.get(index)? as usize;
        let end = starts.get(index + 1).map_or(self.text.len(), |&next| next as usize);
        Some(self.text.get(start..end)?.trim_end_matches(['\n', '\r']))
    }

    /// Byte offset at which a 1-based line begins.
    pub fn line_start(&self, line: u32) -> Option<u32> {
        self.line_starts().get((line as usize).checked_sub(1)?).copied()
    }

    pub fn line_count(&self) -> u32 {
        to_u32(self.line_starts().len())
    }
}

/// All inputs of a run. Threads may add to it; nothing is ever taken out.
#[derive(Debug, Default)]
pub struct SourceMap {
    inner: RwLock<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    files: Vec<Arc<SourceFile>>,
    by_path: HashMap<Arc<str>, FileId>,
    concealed: Vec<Span>,
}

impl SourceMap {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text under its path, or returns the file that already holds this path.
    pub fn add(&self, path: &str, text: impl Into<Arc<str>>) -> FileId {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(&id) = inner.by_path.get(path) {
            return id;
        }
        let id = FileId(to_u32(inner.files.len()));
        let path: Arc<str> = path.into();
        inner.files.push(Arc::new(SourceFile {
            path: path.clone(),
            text: text.into(),
            line_starts: OnceLock::new(),
            units: OnceLock::new(),
        }));
        inner.by_path.insert(path, id);
        id
    }

    pub fn find(&self, path: &str) -> Option<FileId> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner).by_path.get(path).copied()
    }

    /// All files, in no particular order.
    pub fn files(&self) -> Vec<(FileId, Arc<SourceFile>)> {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        (0..).map(FileId).zip(inner.files.iter().cloned()).collect()
    }

    /// The file behind an id.
    ///
    /// # Panics
    /// When the id comes from another map, which is a programming error.
    #[expect(clippy::indexing_slicing, reason = "an id is only ever made by `add` of this map")]
    pub fn file(&self, id: FileId) -> Arc<SourceFile> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner).files[id.0 as usize].clone()
    }

    /// Notes that no output may show this text, whatever points at it: a recorded secret.
    pub fn conceal(&self, span: Span) {
        self.inner.write().unwrap_or_else(PoisonError::into_inner).concealed.push(span);
    }

    /// Everything that was concealed, in no particular order.
    pub fn concealed(&self) -> Vec<Span> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner).concealed.clone()
    }

    pub fn path(&self, span: Span) -> Arc<str> {
        self.file(span.file).path.clone()
    }

    pub fn region(&self, span: Span) -> Region {
        let file = self.file(span.file);
        Region { start: file.position(span.start), end: file.position(span.end.max(span.start)) }
    }

    /// The part of a span that lies on its first line. Reviews show an annotation only when all its lines
    /// are part of the change, so a finding points at one line.
    pub fn first_line(&self, span: Span) -> Span {
        let file = self.file(span.file);
        let start = span.start as usize;
        let text = file.text.get(start..span.end as usize).unwrap_or("");
        let line = text.split('\n').next().unwrap_or(text).trim_end();
        Span { end: to_u32(start + line.len()), ..span }
    }

    /// Order by path, then place; the order of every report.
    pub fn sort_key(&self, span: Span) -> (Arc<str>, u32, u32) {
        (self.path(span), span.start, span.end)
    }
}

/// A character counts at its first byte; those of four bytes are two units.
fn count_units(bytes: &[u8]) -> usize {
    bytes.iter().map(|&byte| usize::from(byte & 0xc0 != 0x80) + usize::from(byte >= 0xf0)).sum()
}

/// Inputs are limited to far less than 4 GiB, so saturation never shows.
fn to_u32(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_utf16_units_and_skip_the_byte_order_mark() {
        let map = SourceMap::new();
        let id = map.add("a", "\u{feff}ab\r\n😀x = 1\n");
        let file = map.file(id);
        assert_eq!(file.position(3), Position { line: 1, column: 1 });
        let x = u32::try_from(file.text.find('x').unwrap()).unwrap();
        assert_eq!(file.position(x), Position { line: 2, column: 3 });
        assert_eq!(file.line(2), Some("😀x = 1"));
    }

    #[test]
    fn columns_of_very_long_lines_are_counted_in_blocks() {
        let map = SourceMap::new();
        let text = format!("ab\n{}x\n", "é😀a".repeat(3 * BLOCK));
        let file = map.file(map.add("a", text.as_str()));
        for (offset, _) in text.char_indices().filter(|(at, c)| *c != '\n' && at % 97 == 0) {
            let line_start = if offset < 3 { 0 } else { 3 };
            let expected = text[line_start..offset].encode_utf16().count() + 1;
            assert_eq!(file.position(u32::try_from(offset).unwrap()).column as usize, expected);
        }
    }
}
