//! Files that Terraform code itself asks for: `file()`, `templatefile()`, `fileexists()`.
//!
//! Confined to the scan root, links followed: a path that leads out is refused. It does not know what files hold.

use std::path::{Path, PathBuf};

use crate::model::{FileId, SourceMap};

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
}

/// Why a file has no text.
pub struct Refusal {
    /// For the unknown value.
    pub cause: String,
    /// For the report, when the file is there but may not be used.
    pub message: Option<String>,
}

impl<'a> Files<'a> {
    pub fn new(sources: &'a SourceMap, base: &Path, root: &Path, max_size: u64) -> Self {
        let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        Self { sources, base: base.to_owned(), root, max_size }
    }

    /// Whether the path names a file below one of the directories; `None` when it leads out, where nothing is looked at.
    pub fn exists(&self, path: &str, dirs: &[&str]) -> Option<bool> {
        match self.locate(path, dirs) {
            Ok(found) => Some(found.is_file()),
            Err(refusal) if refusal.message.is_some() => None,
            Err(_) => Some(false),
        }
    }

    /// Reads a file named relative to the working directory or to one of the directories.
    pub fn read(&self, path: &str, dirs: &[&str]) -> Result<FileId, Refusal> {
        let found = self.locate(path, dirs)?;
        if found.is_dir() {
            return Err(Refusal { cause: format!("'{path}' is a directory"), message: None });
        }
        let name = found.strip_prefix(self.base.canonicalize().unwrap_or_else(|_| self.base.clone()));
        let name = name.unwrap_or(&found).to_string_lossy().replace('\\', "/");
        if let Some(file) = self.sources.find(&name) {
            return Ok(file);
        }
        let refuse = |why: String| Refusal { cause: format!("{path} {why}"), message: Some(format!("{path} {why}")) };
        let size = found.metadata().map_err(|error| refuse(format!("cannot be read: {error}")))?.len();
        if size > self.max_size {
            return Err(refuse(format!("has {size} bytes, more than --max-file-size; it is not looked at")));
        }
        let bytes = std::fs::read(&found).map_err(|error| refuse(format!("cannot be read: {error}")))?;
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
            for entry in dir.read_dir().ok()?.filter_map(Result::ok) {
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => pending.push(entry.path()),
                    Ok(kind) if kind.is_file() => {
                        let path = entry.path();
                        let relative = path.strip_prefix(&found).unwrap_or(&path);
                        out.push(relative.to_string_lossy().replace('\\', "/"));
                    }
                    _ => {}
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
        let found = candidates.map(|dir| self.base.join(dir).join(path)).find_map(|path| path.canonicalize().ok());
        let found = found.ok_or_else(missing)?;
        if !found.starts_with(&self.root) {
            let message =
                format!("{path} lies outside of the scanned tree and is not read; scan from a directory above it");
            return Err(Refusal { cause: format!("{path} lies outside of the scanned tree"), message: Some(message) });
        }
        Ok(found)
    }
}
