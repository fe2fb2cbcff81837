//! One Rego file, parsed, and the facts later checks need: its rules, what they call and what they mention.
//!
//! It knows the engine's syntax tree. It does not know other files; names are resolved in `check` and `reads`.

use std::collections::BTreeSet;
use std::sync::Arc;

use regorus::unstable::{self, Parser};

use super::walk::{chain, rule_facts};

/// A parsed file.
#[derive(Debug)]
pub(super) struct Module {
    pub(super) path: Arc<str>,
    pub(super) text: Arc<str>,
    /// Written in the older dialect, without `if` and `contains`.
    pub(super) v0: bool,
    /// `stanchion.aws.s3.public_acl`
    pub(super) package: String,
    pub(super) imports: Vec<Import>,
    pub(super) rules: Vec<Rule>,
}

#[derive(Debug)]
pub(super) struct Import {
    /// `data.stanchion.lib.iam`
    pub(super) path: String,
    pub(super) alias: String,
    pub(super) line: u32,
}

/// One rule or function definition; a name may have several.
#[derive(Debug, Default)]
pub(super) struct Rule {
    pub(super) name: String,
    pub(super) line: u32,
    /// Number of arguments of a function.
    pub(super) arity: Option<usize>,
    pub(super) calls: Vec<Call>,
    /// Names and paths mentioned: `["lib", "acls"]`, `["data", "stanchion", "x"]`.
    pub(super) refs: BTreeSet<Vec<String>>,
    /// Names bound inside the rule, which hide rules of the same name.
    pub(super) locals: BTreeSet<String>,
    pub(super) mentions: Mentions,
}

/// A call as written: `iam.statements`, 2 arguments.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) name: String,
    pub(super) args: usize,
    pub(super) line: u32,
}

/// What a rule's text refers to; the base of the static read set.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about one text")]
pub(super) struct Mentions {
    /// Every string and every step of a reference; the names of variables and functions are no attributes.
    pub(super) words: BTreeSet<Arc<str>>,
    /// Strings that stand where a value is compared or passed.
    pub(super) strings: BTreeSet<Arc<str>>,
    /// First arguments of `regex.*`.
    pub(super) patterns: BTreeSet<Arc<str>>,
    pub(super) numbers: BTreeSet<Arc<str>>,
    /// Strings and numbers of long collections, but for the first of each, which stand for them.
    pub(super) alike_strings: BTreeSet<Arc<str>>,
    pub(super) alike_numbers: BTreeSet<Arc<str>>,
    /// Functions called, as written.
    pub(super) functions: BTreeSet<Arc<str>>,
    /// Uses `input` or `.config` as a whole, so that any attribute may be read.
    pub(super) whole: bool,
    /// Uses `input.address` other than to put it into a message.
    pub(super) address: bool,
    /// Uses the address of another resource.
    pub(super) other_addresses: bool,
    /// Uses the config of another resource.
    pub(super) other_configs: bool,
}

impl Module {
    /// Parses a file that passed [`super::check::nesting`]. The error is the parser's own sentence with its place.
    pub(super) fn parse(path: &str, text: &str) -> Result<Self, String> {
        let (tree, v0) = match parse_as(path, text, true) {
            Ok(tree) => (tree, false),
            Err(error) => match parse_as(path, text, false) {
                Ok(tree) => (tree, true),
                Err(_) => return Err(super::engine::plain_error(&error)),
            },
        };
        let package = chain(&tree.package.refr).unwrap_or_default().join(".");
        let imports: Vec<Import> = tree
            .imports
            .iter()
            .filter_map(|import| {
                let steps = chain(&import.refr)?;
                let alias =
                    import.r#as.as_ref().map(|span| span.text().to_owned()).or_else(|| steps.last().cloned())?;
                Some(Import { path: steps.join("."), alias, line: import.span.line })
            })
            .filter(|import| import.path != "rego.v1" && !import.path.starts_with("future.keywords"))
            .collect();
        let rules = tree.policy.iter().map(|rule| rule_facts(rule, &imports)).collect();
        Ok(Self { path: path.into(), text: text.into(), v0, package, imports, rules })
    }

    pub(super) fn has_rule(&self, name: &str) -> bool {
        self.rules.iter().any(|rule| rule.name == name && rule.arity.is_none())
    }
}

fn parse_as(path: &str, text: &str, v1: bool) -> Result<unstable::Module, String> {
    let source = unstable::Source::from_contents(path.to_owned(), text.to_owned()).map_err(|e| e.to_string())?;
    let mut parser = Parser::new(&source).map_err(|e| e.to_string())?;
    if v1 {
        parser.enable_rego_v1().map_err(|e| e.to_string())?;
    }
    parser.parse().map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mentions(body: &str) -> Mentions {
        let module = Module::parse("t.rego", &format!("package t\ndeny contains x if {{\n{body}\n}}\n")).unwrap();
        module.rules.into_iter().next().unwrap().mentions
    }

    #[test]
    fn naming_one_attribute_does_not_read_the_whole_config() {
        assert!(!mentions("x := input.config.acl").whole);
        assert!(!mentions("x := input.config[\"acl\"]").whole);
        assert!(!mentions("x := object.get(input.config, [\"a\", \"b\"], 1)").whole);
        assert!(!mentions("some r in input.links.t\nx := r.config.status").whole);
    }

    #[test]
    fn iterating_or_passing_on_the_config_reads_all_of_it() {
        assert!(mentions("some k, v in input.config\nx := k").whole);
        assert!(mentions("x := input.config[input.key]").whole);
        assert!(mentions("c := input.config\nx := c.acl").whole);
        assert!(mentions("x := object.get(input, \"config\", {})").whole);
        assert!(mentions("x := object.get(input.config, input.key, {})").whole);
        assert!(mentions("walk(input, [p, x])").whole);
    }

    #[test]
    fn attribute_names_are_words_but_not_values_to_try() {
        let found = mentions(
            "input.config.acl == \"public\"\nx := {\"path\": [\"acl\"], \"message\": sprintf(\"%s\", [input.type])}",
        );
        assert!(found.words.contains("acl") && found.words.contains("config"));
        assert_eq!(found.strings.iter().map(|s| &**s).collect::<Vec<_>>(), ["public"]);
    }

    #[test]
    fn an_address_in_a_message_decides_nothing() {
        let free = |body: &str| !mentions(body).address;
        assert!(free("f := {\"message\": sprintf(\"'%s' is open\", [input.address])}"));
        assert!(free("msg := sprintf(\"'%s' is open\", [input.address])\nf := {\"msg\": msg}"));
        assert!(!free("startswith(input.address, \"module.\")"));
        assert!(!free("name := sprintf(\"%s\", [input.address])\nname == \"x\""));
        assert!(!free("msg := sprintf(\"%s\", [input.address])\nstartswith(msg, \"x\")"));
        assert!(!free("object.get(input, \"address\", \"\") == \"x\""));
        assert!(!free("walk(input, [p, v])"));
        assert!(free("walk(input.config, [p, v])"));
        assert!(mentions("some l in input.links.t\nx := l.address").other_addresses);
    }

    #[test]
    fn to_look_at_links_is_not_yet_to_look_at_what_they_lead_to() {
        assert!(!mentions("some l in input.links.t\nl.attribute == \"a\"\ninput.config.acl").other_configs);
        assert!(mentions("some l in input.links.t\nx := l.config.acl").other_configs);
        assert!(mentions("x := input.links.t[0].config.acl").other_configs);
        assert!(mentions("some l in input.links.t\nx := object.get(l, \"config\", {})").other_configs);
        assert!(mentions("some l in input.links.t\nx := l[input.config.key]").other_configs);
        assert!(mentions("some l in input.links.t\nwalk(l, [p, v])").other_configs);
    }

    #[test]
    fn the_older_dialect_is_read_too() {
        let module =
            Module::parse("t.rego", "package main\ndeny[msg] { input.kind == \"Pod\"; msg := \"no\" }\n").unwrap();
        assert!(module.v0 && module.has_rule("deny"));
    }
}
