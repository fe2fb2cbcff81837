//! Versions of a repository: which commit a change is compared with, and its files as git keeps them.
//!
//! Asks the `git` program, and only when a run needs it. Nothing is fetched, written or checked out. It does not know formats.

mod git;
mod ignored;
mod objects;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::git::Git;
pub use self::ignored::Ignored;
pub use self::objects::Objects;

/// A working copy.
#[derive(Debug)]
pub struct Repository {
    git: Git,
    tracked: Arc<Tracked>,
}

/// What the index holds; paths are relative to the root.
#[derive(Debug)]
struct Tracked {
    paths: BTreeSet<String>,
    /// Objects of files that lie on disk as they are in the index: reading them there is many times faster than asking git.
    on_disk: BTreeMap<String, String>,
}

/// The commit that a change is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    pub commit: String,
    /// What is not as one might think.
    pub notice: Option<String>,
}

impl Repository {
    /// The repository that holds a directory. `flag` is what asked for it.
    pub fn open(dir: &Path, flag: &str) -> Result<Self, String> {
        let git = Git::open(dir, flag)?;
        let tracked = Tracked::read(&git)?;
        Ok(Self { git, tracked: Arc::new(tracked) })
    }

    /// The top directory, absolute and without links.
    pub fn root(&self) -> &Path {
        &self.git.root
    }

    /// Where the change began: the merge base of `reference` and `HEAD`.
    pub fn base(&self, reference: &str) -> Result<Base, String> {
        if reference.starts_with('-') || reference.trim().is_empty() {
            return Err(format!("'{reference}' is no commit, branch or tag; give one to --diff-base"));
        }
        let remote = format!("refs/remotes/origin/{reference}");
        let Some(commit) = self.git.commit(reference).or_else(|| self.git.commit(&remote)) else {
            return Err(self.unknown(reference));
        };
        if let Some(base) = self.git.line(&["merge-base", &commit, "HEAD"]) {
            return Ok(Base { commit: base, notice: None });
        }
        let why = if self.is_shallow() { "this shallow clone does not reach back to" } else { "there is no" };
        let notice = format!(
            "{why} a common ancestor of '{reference}' and HEAD, so the comparison is with '{reference}' itself; 'git fetch --unshallow' gets the history"
        );
        Ok(Base { commit, notice: Some(notice) })
    }

    /// The files of a commit.
    pub fn tree(&self, commit: &str) -> Result<Objects, String> {
        let listing = self.git.output(&["ls-tree", "-r", "-z", "--full-tree", commit])?;
        Objects::new(&self.git, &listing, self.tracked.clone())
    }

    /// The files as they are staged.
    pub fn index(&self) -> Result<Objects, String> {
        let listing = self.git.output(&["ls-files", "--stage", "--full-name", "-z"])?;
        Objects::new(&self.git, &listing, self.tracked.clone())
    }

    fn is_shallow(&self) -> bool {
        self.git.line(&["rev-parse", "--is-shallow-repository"]).as_deref() == Some("true")
    }

    /// Why there is no such commit, and the command that mends it.
    fn unknown(&self, reference: &str) -> String {
        let remotes = self.git.output(&["remote"]).unwrap_or_default();
        let remotes = String::from_utf8_lossy(&remotes).into_owned();
        let remote = remotes.lines().find(|name| *name == "origin").or(remotes.lines().next()).map(str::to_owned);
        let Some(remote) = remote else {
            return format!(
                "there is no commit, branch or tag '{reference}' here; 'git log --oneline --all' shows what there is"
            );
        };
        let name = reference.strip_prefix(&format!("{remote}/")).unwrap_or(reference);
        let is_hash = name.len() >= 7 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        let what = if is_hash { name.to_owned() } else { format!("{name}:refs/remotes/{remote}/{name}") };
        let shallow = if self.is_shallow() { "is not in this shallow clone" } else { "is not here" };
        format!("the base '{reference}' {shallow}; get it with 'git fetch --no-tags --depth=1 {remote} {what}'")
    }
}

impl Tracked {
    fn read(git: &Git) -> Result<Self, String> {
        let text = |args: &[&str]| git.output(args).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        // An `H` is a file that git compares with the disk; others are marked as unchanged or absent, whatever is there.
        let listed = text(&["ls-files", "-v", "-z"])?;
        let listed: BTreeMap<&str, &str> =
            listed.split('\0').filter_map(|record| record.split_once(' ')).map(|(tag, path)| (path, tag)).collect();
        let changed = text(&["diff-files", "--name-only", "-z"])?;
        let changed: BTreeSet<&str> = changed.split('\0').collect();
        let staged = text(&["ls-files", "--stage", "-z"])?;
        let mut on_disk = BTreeMap::new();
        for (head, path) in staged.split('\0').filter_map(|record| record.split_once('\t')) {
            let mut words = head.split(' ');
            let is_file = words.next().is_some_and(|mode| mode.starts_with("100"));
            if let Some(object) = words.next()
                && is_file
                && listed.get(path) == Some(&"H")
                && !changed.contains(path)
            {
                on_disk.insert(path.to_owned(), object.to_owned());
            }
        }
        Ok(Self { paths: listed.into_keys().map(str::to_owned).collect(), on_disk })
    }
}

/// `dir`-relative parts of a path below it, joined by `/`; `None` when it lies elsewhere.
fn below(dir: &Path, path: &Path) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    for part in normal(path).strip_prefix(dir).ok()?.components() {
        parts.push(part.as_os_str().to_str()?.to_owned());
    }
    Some(parts.join("/"))
}

/// A path without `.` and `..`, links not looked at.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}
