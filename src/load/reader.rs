//! Where files are read from: the disk, or another tree that stands for it.
//!
//! Every look at a file system in this room goes through here. On disk nothing is asked twice and nothing copied. It does not know
//! what files hold.

use std::io;
use std::path::{Path, PathBuf};

use crate::model::{FileBytes, Tree, TreeKind};

/// Answers what lies at a path.
#[derive(Clone, Copy, Debug, Default)]
pub enum Reader<'a> {
    #[default]
    Disk,
    Tree(&'a dyn Tree),
}

impl Reader<'_> {
    pub fn is_file(self, path: &Path) -> bool {
        match self {
            Self::Disk => path.is_file(),
            Self::Tree(tree) => tree.kind(path) == Some(TreeKind::File),
        }
    }

    pub fn is_dir(self, path: &Path) -> bool {
        match self {
            Self::Disk => path.is_dir(),
            Self::Tree(tree) => tree.kind(path) == Some(TreeKind::Directory),
        }
    }

    /// The bytes of a file, or its size when that is more than `limit`.
    pub fn read(self, path: &Path, limit: u64) -> io::Result<FileBytes> {
        match self {
            Self::Disk => {
                let size = path.metadata()?.len();
                if size > limit {
                    return Ok(FileBytes::TooLarge(size));
                }
                std::fs::read(path).map(FileBytes::Bytes)
            }
            Self::Tree(tree) => tree.read(path, limit),
        }
    }

    /// The names in a directory.
    pub fn names(self, dir: &Path) -> io::Result<Vec<String>> {
        match self {
            Self::Disk => {
                let names = dir.read_dir()?.filter_map(Result::ok);
                Ok(names.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
            }
            Self::Tree(tree) => Ok(tree.list(dir)?.into_iter().map(|(name, _)| name).collect()),
        }
    }

    /// The names in a directory and what they are; links are not followed.
    pub fn entries(self, dir: &Path) -> io::Result<Vec<(String, TreeKind)>> {
        match self {
            Self::Disk => {
                let kind = |entry: &std::fs::DirEntry| match entry.file_type() {
                    Ok(kind) if kind.is_dir() => Some(TreeKind::Directory),
                    Ok(kind) if kind.is_file() => Some(TreeKind::File),
                    Ok(kind) if kind.is_symlink() => Some(TreeKind::Link),
                    _ => None,
                };
                let entries = dir.read_dir()?.filter_map(Result::ok);
                Ok(entries
                    .filter_map(|entry| Some((entry.file_name().to_string_lossy().into_owned(), kind(&entry)?)))
                    .collect())
            }
            Self::Tree(tree) => tree.list(dir),
        }
    }

    /// The path without links.
    pub fn canonicalize(self, path: &Path) -> io::Result<PathBuf> {
        match self {
            Self::Disk => path.canonicalize(),
            Self::Tree(tree) => tree.canonicalize(path),
        }
    }
}
