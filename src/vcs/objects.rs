//! The files of a commit or of the index, read from git's objects.
//!
//! What git does not keep — fetched modules, ignored files, submodules — is read from disk, for every version alike. It does not know
//! formats.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout};
use std::sync::{Arc, Mutex, PoisonError};

use super::git::Git;
use super::ignored::Ignored;
use super::{Tracked, below, normal};
use crate::model::{FileBytes, Tree, TreeKind};

/// Links that lead on to links, at most.
const MAX_LINKS: usize = 40;

/// See the module.
#[derive(Debug)]
pub struct Objects {
    git: Git,
    entries: BTreeMap<String, Entry>,
    /// Names by directory.
    directories: BTreeMap<String, BTreeSet<String>>,
    tracked: Arc<Tracked>,
    ignored: Ignored,
    batch: Mutex<Option<Batch>>,
}

#[derive(Debug)]
struct Entry {
    kind: EntryKind,
    object: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EntryKind {
    File,
    Link,
    Submodule,
}

impl Objects {
    /// From `git ls-tree -z` or `git ls-files --stage -z`: mode, words, a tab and the path.
    pub(super) fn new(git: &Git, listing: &[u8], tracked: Arc<Tracked>) -> Result<Self, String> {
        let mut entries = BTreeMap::new();
        for record in listing.split(|byte| *byte == 0).filter(|record| !record.is_empty()) {
            // A path that is no text is no input.
            let Ok(record) = std::str::from_utf8(record) else { continue };
            let parsed = record.split_once('\t').and_then(|(head, path)| {
                let mut words = head.split(' ');
                let mode = words.next()?;
                let object = words.find(|word| word.len() >= 40)?;
                Some((mode, object, words.next(), path))
            });
            let (mode, object, stage, path) =
                parsed.ok_or_else(|| format!("git lists '{record}', which is not understood; use a newer git"))?;
            // Of a file in conflict, ours is taken.
            if stage.is_some_and(|stage| stage != "0" && stage != "2") {
                continue;
            }
            let kind = match mode {
                "120000" => EntryKind::Link,
                "160000" => EntryKind::Submodule,
                _ => EntryKind::File,
            };
            entries.insert(path.to_owned(), Entry { kind, object: object.to_owned() });
        }
        let mut directories: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for path in entries.keys() {
            let mut rest = path.as_str();
            loop {
                let (dir, name) = rest.rsplit_once('/').unwrap_or(("", rest));
                let is_new = directories.entry(dir.to_owned()).or_default().insert(name.to_owned());
                if dir.is_empty() || !is_new {
                    break;
                }
                rest = dir;
            }
        }
        let ignored = Ignored::by_git(&git.root);
        Ok(Self { git: git.clone(), entries, directories, tracked, ignored, batch: Mutex::new(None) })
    }

    /// All files, as absolute paths, sorted.
    pub fn files(&self) -> impl Iterator<Item = PathBuf> + '_ {
        let files = self.entries.iter().filter(|(_, entry)| entry.kind != EntryKind::Submodule);
        files.map(|(path, _)| self.git.root.join(path))
    }

    fn relative(&self, path: &Path) -> Option<String> {
        below(&self.git.root, path)
    }

    /// Whether something that the tree does not hold is read from disk all the same.
    fn is_on_disk(&self, path: &Path) -> bool {
        let Some(relative) = self.relative(path) else { return true };
        if self.tracked.paths.contains(&relative) || !path.exists() {
            return false;
        }
        let fetched = relative.split('/').any(|part| part == ".terraform");
        let in_submodule = || {
            let above = relative.match_indices('/').map(|(at, _)| relative.get(..at).unwrap_or(""));
            let is = |dir: &str| self.entries.get(dir).is_some_and(|entry| entry.kind == EntryKind::Submodule);
            above.chain([relative.as_str()]).any(is)
        };
        fetched || in_submodule() || self.ignored.matches(path)
    }

    /// Where a path leads once links in it are followed.
    fn follow(&self, path: &Path) -> Option<PathBuf> {
        let mut path = normal(path);
        'links: for _ in 0..MAX_LINKS {
            let relative = self.relative(&path)?;
            let ends = relative.match_indices('/').map(|(at, _)| at).chain([relative.len()]);
            for end in ends {
                let part = relative.get(..end).unwrap_or("");
                if self.entries.get(part).is_some_and(|entry| entry.kind == EntryKind::Link) {
                    let target = self.object(part, u64::from(u16::MAX)).ok()?;
                    let FileBytes::Bytes(target) = target else { return None };
                    let target = PathBuf::from(String::from_utf8(target).ok()?);
                    let link = self.git.root.join(part);
                    let rest = relative.get(end..).unwrap_or("").trim_start_matches('/');
                    path = normal(&link.parent()?.join(target).join(rest));
                    // It leads out: the disk knows where to.
                    if self.relative(&path).is_none() {
                        return Some(path);
                    }
                    continue 'links;
                }
            }
            return Some(path);
        }
        None
    }

    fn object(&self, relative: &str, limit: u64) -> io::Result<FileBytes> {
        let entry = self.entries.get(relative).ok_or(io::ErrorKind::NotFound)?;
        if self.tracked.on_disk.get(relative) == Some(&entry.object)
            && let Ok(read) = from_disk(&self.git.root.join(relative), limit)
        {
            return Ok(read);
        }
        let mut batch = self.batch.lock().unwrap_or_else(PoisonError::into_inner);
        let running = match batch.take() {
            Some(running) => running,
            None => Batch::start(&self.git)?,
        };
        // A process that failed is not asked again.
        let running = batch.insert(running);
        let read = running.read(&entry.object, limit);
        if read.is_err() {
            *batch = None;
        }
        read
    }
}

impl Tree for Objects {
    fn kind(&self, path: &Path) -> Option<TreeKind> {
        let path = self.follow(path)?;
        match self.relative(&path) {
            Some(relative) if self.entries.get(&relative).is_some_and(|entry| entry.kind == EntryKind::File) => {
                return Some(TreeKind::File);
            }
            Some(relative) if self.directories.contains_key(&relative) => return Some(TreeKind::Directory),
            _ => {}
        }
        if !self.is_on_disk(&path) {
            return None;
        }
        let kind = path.metadata().ok()?;
        Some(if kind.is_dir() { TreeKind::Directory } else { TreeKind::File })
    }

    fn read(&self, path: &Path, limit: u64) -> io::Result<FileBytes> {
        let path = self.follow(path).ok_or(io::ErrorKind::NotFound)?;
        if let Some(relative) = self.relative(&path)
            && self.entries.contains_key(&relative)
        {
            return self.object(&relative, limit);
        }
        if !self.is_on_disk(&path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        from_disk(&path, limit)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<(String, TreeKind)>> {
        let dir = self.follow(dir).ok_or(io::ErrorKind::NotFound)?;
        let mut out: BTreeMap<String, TreeKind> = BTreeMap::new();
        let relative = self.relative(&dir);
        let known = relative.as_ref().and_then(|relative| self.directories.get(relative));
        for name in known.into_iter().flatten() {
            let path = relative.as_ref().filter(|dir| !dir.is_empty()).map(|dir| format!("{dir}/{name}"));
            let kind = match self.entries.get(path.as_ref().unwrap_or(name)).map(|entry| entry.kind) {
                Some(EntryKind::File) => TreeKind::File,
                Some(EntryKind::Link) => TreeKind::Link,
                Some(EntryKind::Submodule) | None => TreeKind::Directory,
            };
            out.insert(name.clone(), kind);
        }
        match dir.read_dir() {
            Ok(entries) => {
                for entry in entries.filter_map(Result::ok) {
                    let name = entry.file_name().to_string_lossy().into_owned();
                    if out.contains_key(&name) || name == ".git" || !self.is_on_disk(&entry.path()) {
                        continue;
                    }
                    let kind = match entry.file_type() {
                        Ok(kind) if kind.is_dir() => TreeKind::Directory,
                        Ok(kind) if kind.is_symlink() => TreeKind::Link,
                        _ => TreeKind::File,
                    };
                    out.insert(name, kind);
                }
            }
            Err(error) if known.is_none() => return Err(error),
            Err(_) => {}
        }
        Ok(out.into_iter().collect())
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        let path = self.follow(path).ok_or(io::ErrorKind::NotFound)?;
        let known = self.relative(&path).is_some_and(|relative| {
            relative.is_empty() || self.entries.contains_key(&relative) || self.directories.contains_key(&relative)
        });
        match known {
            true => Ok(path),
            false if self.is_on_disk(&path) => path.canonicalize(),
            false => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

fn from_disk(path: &Path, limit: u64) -> io::Result<FileBytes> {
    let size = path.metadata()?.len();
    if size > limit {
        return Ok(FileBytes::TooLarge(size));
    }
    std::fs::read(path).map(FileBytes::Bytes)
}

/// A running `git cat-file --batch`.
#[derive(Debug)]
struct Batch {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Batch {
    fn start(git: &Git) -> io::Result<Self> {
        let mut child = git.batch()?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        match (input, output) {
            (Some(input), Some(output)) => Ok(Self { child, input, output: BufReader::new(output) }),
            _ => Err(io::Error::other("git gives no answer")),
        }
    }

    fn read(&mut self, object: &str, limit: u64) -> io::Result<FileBytes> {
        writeln!(self.input, "{object}")?;
        self.input.flush()?;
        let mut header = String::new();
        self.output.read_line(&mut header)?;
        let missing = || io::Error::other("git does not have this version of it; fetch the commit whole");
        let size: u64 = header.split_whitespace().nth(2).and_then(|size| size.parse().ok()).ok_or_else(missing)?;
        if size > limit {
            // The object and the newline behind it.
            io::copy(&mut (&mut self.output).take(size + 1), &mut io::sink())?;
            return Ok(FileBytes::TooLarge(size));
        }
        let mut bytes = vec![0; usize::try_from(size).map_err(io::Error::other)?];
        self.output.read_exact(&mut bytes)?;
        self.output.read_exact(&mut [0])?;
        Ok(FileBytes::Bytes(bytes))
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        // It ends once it is no longer asked; waiting leaves no zombie behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
