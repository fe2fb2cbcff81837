//! How things of each type are listed, paired and compared: data, given by the caller or read from the table beside this file.
//!
//! It does not know resources.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value as Json;

/// What holds for all types, and what for each.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    pub any: Common,
    /// Types that name the same things.
    pub alias: BTreeMap<String, String>,
    #[serde(rename = "type")]
    pub types: BTreeMap<String, TypeRules>,
}

/// Rules for every type. Paths are names joined by dots, without list positions.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Common {
    /// Attributes that only Terraform knows.
    pub local: BTreeSet<String>,
    pub volatile: BTreeSet<String>,
    /// The last name of a path, or a path.
    pub insensitive: BTreeSet<String>,
    pub trailing: BTreeSet<String>,
    /// Lists whose order says something; all others are sets.
    pub ordered: BTreeSet<String>,
}

/// Rules for one type.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TypeRules {
    /// The names under which an inventory lists things of the type; its own name always does.
    pub listed: Vec<String>,
    /// Attributes that together name one thing, besides identity, ARN and id.
    pub key: Vec<String>,
    /// There is one in each account and region.
    pub single: bool,
    pub part: Option<Part>,
    /// Seen within the thing it is part of and nowhere else.
    pub within: bool,
    /// No source lists it: only the attribute of its whole shows it.
    pub inline_only: bool,
    /// A value that absence means.
    pub defaults: BTreeMap<String, Json>,
    /// A thing with these values is as good as none.
    pub nothing: BTreeMap<String, Json>,
    /// The values that a new thing has by itself: nobody made it. A text `{a.b}` is the thing's own value at that path.
    pub fresh: BTreeMap<String, Json>,
    pub volatile: BTreeSet<String>,
    /// What changes by itself in other types and is a setting here.
    pub steady: BTreeSet<String>,
    pub insensitive: BTreeSet<String>,
    pub trailing: BTreeSet<String>,
    pub ordered: BTreeSet<String>,
    /// JSON documents that are read as blocks are: neither order nor what is left out or empty says anything.
    pub blocks: BTreeSet<String>,
    /// What somebody wrote himself, and all below it: texts in which `false` and nothing say something.
    pub verbatim: BTreeSet<String>,
    /// Blocks that say something by being there, even with nothing in them.
    pub telling: BTreeSet<String>,
    /// Lists of blocks each of which stands for as many as it has members in these lists.
    pub rows: BTreeMap<String, Vec<String>>,
    /// Flags in these blocks that mean the thing's own id in a list beside them.
    pub itself: Option<Itself>,
    /// A block that another attribute beside it says shorter.
    pub short: Option<Short>,
    /// Attributes that hold ids of things that come with it.
    pub makes: Vec<String>,
}

/// What a thing is a part of.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    pub of: String,
    /// The attribute of the part that names the whole.
    pub by: String,
    /// The attribute of the whole that may say the same.
    #[serde(default)]
    pub inline: Option<String>,
    /// The attribute of the part that the inline one equals as a whole.
    #[serde(default)]
    pub field: Option<String>,
    /// The attribute of the part that an entry of the inline list names.
    #[serde(default)]
    pub entry: Option<String>,
    /// Where in the entry it is named; the entry itself by default.
    #[serde(default)]
    pub entry_of: Option<String>,
}

/// A flag that stands for the thing's own id.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Itself {
    pub flag: String,
    /// The list of ids that it stands beside.
    pub list: String,
}

/// A block that says no more than one attribute, when it has one entry and nothing else that counts.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Short {
    /// The list of blocks that has both.
    pub within: String,
    pub block: String,
    /// The blocks within it, and what of the only one the attribute holds.
    pub entry: String,
    pub value: String,
    pub attribute: String,
}

static EMBEDDED: LazyLock<Rules> = LazyLock::new(|| toml::from_str(include_str!("types.toml")).unwrap_or_default());
static NONE: LazyLock<TypeRules> = LazyLock::new(TypeRules::default);

impl Rules {
    /// The shipped table.
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// Takes up what a mapping knows of a type: what changes by itself, and what absence means.
    pub fn learn<'t>(
        &mut self,
        kind: &str,
        volatile: impl IntoIterator<Item = &'t str>,
        defaults: impl IntoIterator<Item = (&'t str, &'t Json)>,
    ) {
        let name = if self.types.contains_key(kind) { kind } else { self.family(kind) }.to_owned();
        let row = self.types.entry(name).or_default();
        row.volatile.extend(volatile.into_iter().map(ToOwned::to_owned));
        for (path, value) in defaults {
            row.defaults.entry(path.to_owned()).or_insert_with(|| value.clone());
        }
    }

    /// The rules of a type, or of the one whose things it names.
    pub fn of(&self, kind: &str) -> &TypeRules {
        self.types.get(kind).or_else(|| self.types.get(self.family(kind))).unwrap_or(&NONE)
    }

    /// The name that stands for all types of the same things.
    pub fn family<'a>(&'a self, kind: &'a str) -> &'a str {
        self.alias.get(kind).map_or(kind, String::as_str)
    }

    /// Under which names things of the type are listed.
    pub fn listed<'a>(&'a self, kind: &'a str) -> Vec<&'a str> {
        let own = self.of(kind).listed.iter();
        let family = self.of(self.family(kind)).listed.iter();
        let names: BTreeSet<&str> = own.chain(family).map(String::as_str).chain([kind, self.family(kind)]).collect();
        names.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_learned_is_added_to_a_row() {
        let mut rules = Rules::embedded().clone();
        rules.learn("aws_iam_role", ["unique_id"], [("path", &Json::from("/x/")), ("description", &Json::from("y"))]);
        let row = rules.of("aws_iam_role");
        assert!(row.volatile.contains("unique_id") && row.defaults["description"] == "y");
        assert_eq!(row.defaults["path"], "/", "what the table says stays");
    }

    #[test]
    fn the_table_is_read_whole() {
        let rules: Rules = toml::from_str(include_str!("types.toml")).unwrap();
        assert!(rules.types.len() > 100);
        for (kind, row) in &rules.types {
            assert!(!row.listed.is_empty(), "{kind} is listed nowhere");
            let whole = row.part.as_ref().map(|part| part.of.as_str());
            assert!(whole.is_none_or(|whole| rules.types.contains_key(whole)), "{kind} is part of an unknown type");
        }
        assert!(rules.alias.values().all(|to| !rules.alias.contains_key(to)));
    }
}
