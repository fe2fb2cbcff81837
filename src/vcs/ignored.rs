//! Which paths a repository leaves out by `.gitignore` and its like.
//!
//! Read from disk, one directory at a time and once each. It does not know what is tracked.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// The rules of a directory and all below it.
#[derive(Debug)]
pub struct Ignored {
    root: PathBuf,
    names: &'static [&'static str],
    exclude: Gitignore,
    by_dir: Mutex<HashMap<PathBuf, Arc<Gitignore>>>,
}

impl Ignored {
    /// What git ignores.
    pub fn by_git(root: &Path) -> Self {
        Self::new(root, &[".gitignore"])
    }

    /// What a walk passes over.
    pub fn by_walk(root: &Path) -> Self {
        Self::new(root, &[".gitignore", ".ignore", ".stanchionignore"])
    }

    fn new(root: &Path, names: &'static [&'static str]) -> Self {
        let mut builder = GitignoreBuilder::new(root);
        // A rule that cannot be read ignores nothing.
        let _ = builder.add(root.join(".git/info/exclude"));
        let exclude = builder.build().unwrap_or_else(|_| Gitignore::empty());
        Self { root: root.to_owned(), names, exclude, by_dir: Mutex::default() }
    }

    /// Whether an absolute path of a file, or a directory above it, is ignored.
    pub fn matches(&self, path: &Path) -> bool {
        let inside: Vec<&Path> = path.ancestors().take_while(|dir| *dir != self.root).collect();
        // From the outside in: nothing below an ignored directory comes back.
        inside.iter().rev().any(|candidate| {
            let is_dir = *candidate != path;
            let dirs = candidate.ancestors().skip(1).take_while(|dir| dir.starts_with(&self.root));
            let decided = dirs.map(|dir| self.rules(dir)).find_map(|rules| {
                let found = rules.matched(candidate, is_dir);
                (!found.is_none()).then(|| found.is_ignore())
            });
            decided.unwrap_or_else(|| self.exclude.matched(candidate, is_dir).is_ignore())
        })
    }

    fn rules(&self, dir: &Path) -> Arc<Gitignore> {
        let mut by_dir = self.by_dir.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(rules) = by_dir.get(dir) {
            return rules.clone();
        }
        let mut builder = GitignoreBuilder::new(dir);
        for name in self.names {
            let file = dir.join(name);
            if file.is_file() {
                let _ = builder.add(file);
            }
        }
        let rules = Arc::new(builder.build().unwrap_or_else(|_| Gitignore::empty()));
        by_dir.insert(dir.to_owned(), rules.clone());
        rules
    }
}
