//! Which files there are: the walk over the given paths.
//!
//! Respects `.gitignore` and `.stanchionignore`, never follows a link out of the root, and passes over what Terraform put into
//! `.terraform`. Which of the files are inputs is asked of the caller; it does not know formats.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use ignore::overrides::{Override, OverrideBuilder};
use ignore::{WalkBuilder, WalkState};

use crate::model::{Outcome, Problem, Stage};

/// Finds all input files below the paths, sorted, relative to `base` with `/` between components.
///
/// # Errors
/// An exclusion that is not a valid glob, with the reason.
pub fn discover(
    base: &Path,
    paths: &[PathBuf],
    exclude: &[String],
    is_input: &(dyn Fn(&str) -> bool + Sync),
) -> Result<Outcome<Vec<String>>, String> {
    let excluded = Excluded::new(base, exclude)?;
    let overrides = &excluded.0;
    let mut out = Outcome::new(Vec::new());
    for path in paths {
        let full = base.join(path);
        if full.is_file() {
            let name = relative(base, &full);
            // Excludes hold for explicit files too: pre-commit passes every changed file.
            if excluded.matches(&full) {
                continue;
            }
            if is_input(&name) {
                out.value.push(name);
            } else {
                let message =
                    format!("{name} is of no format that stanchion reads; give it a .tf, .yaml or Dockerfile name");
                out.problems.push(Problem::new(Stage::Load, name.clone(), message));
            }
        } else if full.is_dir() {
            walk(base, &full, overrides, is_input, &mut out);
        } else {
            let name = path.display().to_string();
            let message = match full.symlink_metadata() {
                Ok(_) => format!("{name} is neither a file nor a directory; give another path"),
                Err(error) => format!("{name} cannot be read: {error}; check the path"),
            };
            out.problems.push(Problem::new(Stage::Load, name, message));
        }
    }
    out.value.sort();
    out.value.dedup();
    Ok(out)
}

/// What exclusions leave out.
#[derive(Debug)]
pub struct Excluded(Override);

impl Excluded {
    /// # Errors
    /// An exclusion that is not a valid glob, with the reason.
    pub fn new(base: &Path, exclude: &[String]) -> Result<Self, String> {
        exclusions(base, exclude).map(Self)
    }

    /// Whether an absolute path of a file, or a directory above it, is left out.
    pub fn matches(&self, path: &Path) -> bool {
        let above = path.ancestors().skip(1);
        self.0.matched(path, false).is_ignore() || above.into_iter().any(|dir| self.0.matched(dir, true).is_ignore())
    }
}

fn exclusions(base: &Path, exclude: &[String]) -> Result<Override, String> {
    let mut builder = OverrideBuilder::new(base);
    for glob in exclude {
        // In an override list a leading `!` means "leave out".
        builder.add(&format!("!{glob}")).map_err(|error| format!("'{glob}' is not a glob: {error}"))?;
    }
    builder.build().map_err(|error| error.to_string())
}

fn walk(
    base: &Path,
    root: &Path,
    overrides: &Override,
    is_input: &(dyn Fn(&str) -> bool + Sync),
    out: &mut Outcome<Vec<String>>,
) {
    let found = Mutex::new((Vec::new(), Vec::new()));
    let mut builder = WalkBuilder::new(root);
    builder
        .hidden(false)
        .follow_links(false)
        .require_git(false)
        .add_custom_ignore_filename(".stanchionignore")
        .overrides(overrides.clone())
        .threads(rayon::current_num_threads().min(8))
        .filter_entry(|entry| {
            let name = entry.file_name();
            let inside_terraform = entry.path().parent().is_some_and(|parent| parent.ends_with(".terraform"));
            let vcs = name == ".git" || name == ".hg" || name == ".svn";
            !(vcs || (inside_terraform && name != "modules"))
        });
    let canonical_root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    builder.build_parallel().run(|| {
        Box::new(|entry| {
            let mut files = Vec::new();
            let mut problems = Vec::new();
            match entry {
                Ok(entry) => {
                    let is_link = entry.file_type().is_some_and(|kind| kind.is_symlink());
                    let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
                    let name = relative(base, entry.path());
                    if (is_file || is_link) && is_input(&name) {
                        // A link counts when it leads to a file inside the root.
                        let inside = is_link
                            && entry
                                .path()
                                .canonicalize()
                                .is_ok_and(|target| target.starts_with(&canonical_root) && target.is_file());
                        if is_file || inside {
                            files.push(name);
                        } else if entry.path().metadata().is_ok_and(|target| target.is_file()) {
                            let message = format!(
                                "{name} is a link out of the scanned tree and is not followed; scan its target"
                            );
                            problems.push(Problem::new(Stage::Load, name, message));
                        } else if !entry.path().exists() {
                            let message = format!("{name} is a link to nothing; remove it or exclude it");
                            problems.push(Problem::new(Stage::Load, name, message));
                        }
                    }
                }
                Err(error) => {
                    let message = format!(
                        "part of the tree cannot be walked: {}; make it readable or exclude it",
                        tidy(&error, base)
                    );
                    problems.push(Problem::new(Stage::Load, relative(base, root), message));
                }
            }
            if !files.is_empty() || !problems.is_empty() {
                let mut found = found.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                found.0.extend(files);
                found.1.extend(problems);
            }
            WalkState::Continue
        })
    });
    let (files, problems) = found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    out.value.extend(files);
    out.problems.extend(problems);
}

/// An error's text without the absolute path of the working directory.
fn tidy(error: &ignore::Error, base: &Path) -> String {
    error.to_string().replace(&format!("{}/", base.display()), "")
}

/// The one form of a path relative to the working directory, however it was written: links are not looked at.
pub fn normal(base: &Path, path: &Path) -> String {
    let mut full = PathBuf::new();
    for part in base.join(path).components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                full.pop();
            }
            other => full.push(other),
        }
    }
    relative(base, &full)
}

/// A path relative to the working directory; one outside of it keeps its leading `..`.
pub fn relative(base: &Path, path: &Path) -> String {
    let mut parts: Vec<String> = Vec::new();
    let absolute = path.components();
    let mut base_parts = base.components().peekable();
    let mut rest = absolute.peekable();
    while let (Some(a), Some(b)) = (rest.peek(), base_parts.peek()) {
        if a != b {
            break;
        }
        rest.next();
        base_parts.next();
    }
    parts.extend(base_parts.map(|_| "..".to_owned()));
    for part in rest {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                if parts.last().is_none_or(|last| last == "..") {
                    parts.push("..".into());
                } else {
                    parts.pop();
                }
            }
            other => parts.push(other.as_os_str().to_string_lossy().into_owned()),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_working_directory() {
        let base = Path::new("/w/d");
        assert_eq!(relative(base, Path::new("/w/d/a/b")), "a/b");
        assert_eq!(relative(base, Path::new("/w/d/./a/../c")), "c");
        assert_eq!(relative(base, Path::new("/w/e/f")), "../e/f");
        assert_eq!(normal(base, Path::new("../d/a")), "a");
        assert_eq!(normal(base, Path::new("../e/./f")), "../e/f");
    }
}
