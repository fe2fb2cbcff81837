//! Sources made of the lines that a report carries; what it does not carry is blank.
//!
//! Places keep their lines and columns. It does not know what is at them.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::document::{Line, Location};
use crate::model::{FileId, SourceMap, Span};

/// Enough to tell a line that goes on from one that does not, for whoever cuts lines.
const FILLER: usize = 300;
/// No input is larger; a place beyond it is a mistake that would fill the memory with blanks.
const MAX_BLANKS: u64 = 1 << 28;

#[derive(Default)]
pub(super) struct Builder {
    files: BTreeMap<String, BTreeMap<u32, Text>>,
    blanks: u64,
}

/// What is known of one line.
#[derive(Default)]
struct Text {
    known: String,
    /// UTF-16 units in the text.
    units: u32,
    /// The column that the line has to reach.
    reach: u32,
    more: bool,
    masked: bool,
    /// Some of its text is known.
    given: bool,
}

/// The finished sources.
pub(super) struct Sources {
    pub(super) map: Arc<SourceMap>,
    /// File, line, column and offset of the place that was found last: places come in order, and a line may be megabytes.
    last: Cell<Option<(FileId, u32, u32, u32)>>,
}

impl Builder {
    /// Takes over a line or the next part of one.
    pub(super) fn line(&mut self, path: &str, line: &Line) -> Result<(), String> {
        self.spend(line.column.into())?;
        let known = self.entry(path, line.line)?;
        let before = line.column.saturating_sub(1);
        if before < known.units || line.text.contains('\n') {
            return Err("it does not follow stanchion/v1 (parts of a source line overlap): write it again".into());
        }
        known.known.extend(std::iter::repeat_n(' ', (before - known.units) as usize));
        known.known.push_str(&line.text);
        let marks =
            line.text.matches('\u{feff}').count().min(usize::from(line.line == 1 && line.text.starts_with('\u{feff}')));
        let units = line.text.encode_utf16().count() - marks;
        known.units = before.saturating_add(u32::try_from(units).unwrap_or(u32::MAX));
        known.given = true;
        known.more |= line.more;
        known.masked |= line.masked;
        Ok(())
    }

    /// Makes sure that a place can be pointed at.
    pub(super) fn reach(&mut self, location: &Location) -> Result<(), String> {
        let ends = [(location.start_line, location.start_column), (location.end_line, location.end_column)];
        for (line, column) in ends {
            let reach = self.entry(&location.path, line)?.reach;
            if column > reach {
                self.spend(u64::from(column - reach))?;
                self.entry(&location.path, line)?.reach = column;
            }
        }
        Ok(())
    }

    fn entry(&mut self, path: &str, line: u32) -> Result<&mut Text, String> {
        if line == 0 {
            return Err("it does not follow stanchion/v1 (lines count from 1): write it again".into());
        }
        let lines = self.files.entry(path.to_owned()).or_default();
        let last = lines.keys().next_back().copied().unwrap_or(0);
        let blanks = u64::from(line.saturating_sub(last));
        lines.entry(line).or_default();
        self.spend(blanks)?;
        let lines = self.files.entry(path.to_owned()).or_default();
        Ok(lines.entry(line).or_default())
    }

    fn spend(&mut self, blanks: u64) -> Result<(), String> {
        self.blanks += blanks;
        if self.blanks > MAX_BLANKS {
            return Err("it points far outside of any source that could be read: write it again".into());
        }
        Ok(())
    }

    pub(super) fn build(self) -> Sources {
        let map = Arc::new(SourceMap::new());
        for (path, lines) in self.files {
            let mut text = String::new();
            let mut number = 1;
            let mut masked = Vec::new();
            for (line, known) in lines {
                text.extend(std::iter::repeat_n('\n', (line - number) as usize));
                number = line;
                if known.masked {
                    masked.push(text.len());
                }
                text.push_str(&known.known);
                if known.more {
                    text.extend(std::iter::repeat_n(' ', FILLER));
                }
                // Trailing returns are no part of a line, so blanks after a known text are never shown; nobody shows an unknown
                // one, and its places keep their ends.
                let units = known.units + if known.more { u32::try_from(FILLER).unwrap_or(0) } else { 0 };
                let blank = if known.given { '\r' } else { '.' };
                text.extend(std::iter::repeat_n(blank, known.reach.saturating_sub(1).saturating_sub(units) as usize));
            }
            let file = map.add(&path, text);
            // What is masked once stays so, whatever points at it.
            for start in masked.into_iter().filter_map(|start| u32::try_from(start).ok()) {
                map.conceal(Span::new(file, start, start));
            }
        }
        Sources { map, last: Cell::new(None) }
    }
}

impl Sources {
    /// The bytes between the two ends of a place.
    pub(super) fn span(&self, location: &Location) -> Result<Span, String> {
        let gone = || "it does not follow stanchion/v1 (a place that is not there): write it again".to_owned();
        let id = self.map.find(&location.path).ok_or_else(gone)?;
        let file = self.map.file(id);
        let offset = |line: u32, column: u32| {
            let begin = file.line_start(line)?;
            let known = self.last.get().filter(|last| last.0 == id && last.1 == line && last.2 <= column && last.2 > 1);
            let (from, mut at) = match known {
                Some((_, _, from, at)) => (from, at),
                // The byte order mark has no column.
                None if line == 1 && column > 1 && file.text.starts_with('\u{feff}') => (1, begin + 3),
                None => (1, begin),
            };
            let mut left = column.checked_sub(from)?;
            for c in file.text.get(at as usize..)?.chars() {
                if left == 0 {
                    break;
                }
                left = left.saturating_sub(u32::try_from(c.len_utf16()).ok()?);
                at += u32::try_from(c.len_utf8()).ok()?;
            }
            self.last.set(Some((id, line, column, at)));
            Some(at)
        };
        let start = offset(location.start_line, location.start_column).ok_or_else(gone)?;
        let end = offset(location.end_line, location.end_column).ok_or_else(gone)?;
        if end < start {
            return Err("it does not follow stanchion/v1 (a place that ends before it begins): write it again".into());
        }
        Ok(Span::new(id, start, end))
    }
}
