//! A tree of files that is not the one on disk: a commit, the index of a repository.
//!
//! Only what loaders need to ask. It does not know where the tree is kept, and does no I/O itself.

use std::fmt::Debug;
use std::io;
use std::path::{Path, PathBuf};

/// Files by absolute path, as they would lie on disk.
pub trait Tree: Debug + Sync {
    /// What is at a path, links followed; `None` when nothing is.
    fn kind(&self, path: &Path) -> Option<TreeKind>;

    /// The bytes of a file, or its size when that is more than `limit`.
    fn read(&self, path: &Path, limit: u64) -> io::Result<FileBytes>;

    /// The names in a directory, unsorted; links count as what they are.
    fn list(&self, dir: &Path) -> io::Result<Vec<(String, TreeKind)>>;

    /// The path without links; an error when nothing is there.
    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf>;
}

/// What a name in a tree stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TreeKind {
    File,
    Directory,
    Link,
}

/// A file's bytes, unless they are too many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileBytes {
    Bytes(Vec<u8>),
    TooLarge(u64),
}
