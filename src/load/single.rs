//! Formats whose files stand alone: each file is looked at, and loaded if it is what its name promises.
//!
//! It does not know any format; a format is a row of functions.

use rayon::prelude::*;

use super::terraform::is_fetched;
use super::{Context, Loaded, Loader};
use crate::model::{FileId, Outcome, Resource, SourceMap};

/// What a file turns out to be once its text is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Of the format.
    Ours,
    /// A template that makes such a file: recognised, but not looked at.
    Template,
    /// Something else that only shares the name's ending.
    Other,
}

/// A format of single files.
#[derive(Debug)]
pub struct SingleFiles {
    pub claims: fn(path: &str) -> bool,
    pub content: fn(path: &str, text: &str) -> Content,
    pub load: fn(sources: &SourceMap, file: FileId) -> Outcome<Vec<Resource>>,
}

impl Loader for SingleFiles {
    fn claims(&self, path: &str) -> bool {
        // What comes with a fetched Terraform module is not part of this estate.
        (self.claims)(path) && !is_fetched(path)
    }

    fn load(&self, files: &[FileId], context: &Context<'_>) -> Outcome<Loaded> {
        let loaded: Vec<(Content, Outcome<Vec<Resource>>)> = files
            .par_iter()
            .map(|&file| {
                let source = context.sources.file(file);
                let found = (self.content)(&source.path, &source.text);
                let outcome =
                    if found == Content::Ours { (self.load)(context.sources, file) } else { Outcome::default() };
                (found, outcome)
            })
            .collect();
        let mut out = Outcome::new(Loaded::default());
        for (found, outcome) in loaded {
            match found {
                Content::Ours => out.value.files += 1,
                Content::Template => out.value.skipped += 1,
                Content::Other => {}
            }
            out.value.resources.extend(outcome.value);
            out.problems.extend(outcome.problems);
        }
        out
    }
}
