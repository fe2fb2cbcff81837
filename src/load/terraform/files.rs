//! Files that Terraform code itself asks for: `file()`, `templatefile()`, `fileexists()`.
//!
//! Confined to the scan root, links followed: a path that leads out is refused. It does not know what files hold.

use std::path::PathBuf;

use crate::load::{Context, Reader};
use crate::model::{FileBytes, FileId, SourceMap, TreeKind};

/// Larger directories are not listed.
const MAX_LISTED: usize = 100_000;

/// Reads below one directory only.
pub struct Files<'a> {
    sources: &'a SourceMap,
    /// The working directory: paths of the source map are relative to it.
    base: PathBuf,
    /// Canonical; nothing outside is read.
    root: PathBuf,
    max_size: u64,
    reader: Reader<'a>,
}

/// Why a file has no text.
pub struct Refusal {
    /// For the unknown value.
    pub cause: String,
    /// For the report, when the file is there but may not be used.
    pub message: Option<String>,
}

impl<'a> Files<'a> {
    pub fn new(context: &Context<'a>) -> Self {
        let root = context.root.canonicalize().unwrap_or_else(|_| context.root.to_owned());
        let base = context.base.to_owned();
        Self { sources: context.sources, base, root, max_size: context.max_file_size, reader: context.reader }
    }

    /// Whether the path names a file below one of the directories; `None` when it leads out, where nothing is looked at.
    pub fn exists(&self, path: &str, dirs: &[&str]) -> Option<bool> {
        match self.locate(path, dirs) {
            Ok(found) => Some(self.reader.is_file(&found)),
            Err(refusal) if refusal.message.is_some() => None,
            Err(_) => Some(false),
        }
    }

    /// Reads a file named relative to the working directory or to one of the directories.
    pub fn read(&self, path: &str, dirs: &[&str]) -> Result<FileId, Refusal> {
        let found = self.locate(path, dirs)?;
        if self.reader.is_dir(&found) {
            return Err(Refusal { cause: format!("'{path}' is a directory"), message: None });
        }
        let name = found.strip_prefix(self.base.canonicalize().unwrap_or_else(|_| self.base.clone()));
        let name = name.unwrap_or(&found).to_string_lossy().replace('\\', "/");
        if let Some(file) = self.sources.find(&name) {
            return Ok(file);
        }
        let refuse = |why: String| Refusal { cause: format!("{path} {why}"), message: Some(format!("{path} {why}")) };
        let read = self.reader.read(&found, self.max_size);
        let bytes = match read.map_err(|error| refuse(format!("cannot be read: {error}")))? {
            FileBytes::Bytes(bytes) => bytes,
            FileBytes::TooLarge(size) => {
                return Err(refuse(format!("has {size} bytes, more than --max-file-size; it is not looked at")));
            }
        };
        // A binary file (a zip for `filebase64`) is nothing to judge.
        let text =
            String::from_utf8(bytes).map_err(|_| Refusal { cause: format!("{path} is not text"), message: None })?;
        Ok(self.sources.add(&name, text))
    }

    /// Files below a directory named as for [`Files::read`], relative to it and sorted; `None` when it leads out.
    /// Links are not followed.
    pub fn below(&self, path: &str, dirs: &[&str]) -> Option<Vec<String>> {
        let found = match self.locate(path, dirs) {
            Ok(found) => found,
            Err(refusal) => return refusal.message.is_none().then(Vec::new),
        };
        let mut out = Vec::new();
        let mut pending = vec![found.clone()];
        while let Some(dir) = pending.pop() {
            for (name, kind) in self.reader.entries(&dir).ok()? {
                match kind {
                    TreeKind::Directory => pending.push(dir.join(name)),
                    TreeKind::File => {
                        let path = dir.join(name);
                        let relative = path.strip_prefix(&found).unwrap_or(&path);
                        out.push(relative.to_string_lossy().replace('\\', "/"));
                    }
                    TreeKind::Link => {}
                }
                if out.len() + pending.len() > MAX_LISTED {
                    return None;
                }
            }
        }
        out.sort();
        Some(out)
    }

    fn locate(&self, path: &str, dirs: &[&str]) -> Result<PathBuf, Refusal> {
        let missing = || Refusal { cause: format!("{path} is not here"), message: None };
        let candidates = std::iter::once("").chain(dirs.iter().copied());
        let found =
            candidates.map(|dir| self.base.join(dir).join(path)).find_map(|path| self.reader.canonicalize(&path).ok());
        let found = found.ok_or_else(missing)?;
        if !found.starts_with(&self.root) {
            let message =
                format!("{path} lies outside of the scanned tree and is not read; scan from a directory above it");
            return Err(Refusal { cause: format!("{path} lies outside of the scanned tree"), message: Some(message) });
        }
        Ok(found)
    }
}
