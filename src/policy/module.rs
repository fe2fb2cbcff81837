//! One Rego file, parsed, and the facts later checks need: its rules, what they call and what they mention.
//!
//! It knows the engine's syntax tree. It does not know other files; names are resolved in `check` and `reads`.

use std::collections::BTreeSet;
use std::sync::Arc;

use regorus::unstable::{self, Expr, Literal, Parser, Query, RuleHead};

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
pub(super) struct Mentions {
    /// Every identifier and string.
    pub(super) words: BTreeSet<Arc<str>>,
    /// Strings that stand where a value is compared or passed.
    pub(super) strings: BTreeSet<Arc<str>>,
    /// First arguments of `regex.*`.
    pub(super) patterns: BTreeSet<Arc<str>>,
    pub(super) numbers: BTreeSet<Arc<str>>,
    /// Functions called, as written.
    pub(super) functions: BTreeSet<Arc<str>>,
    /// Uses `input` or `.config` as a whole, so that any attribute may be read.
    pub(super) whole: bool,
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
        let rules = tree.policy.iter().map(|rule| Walker::rule(rule, &imports)).collect();
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

/// `a.b["c"]` as its steps; `None` when a step is computed.
fn chain(expr: &Expr) -> Option<Vec<String>> {
    let (base, steps) = flatten(expr);
    let mut out = vec![variable(base)?.to_owned()];
    for step in steps {
        match step {
            Step::Name(name) => out.push(name.to_string()),
            Step::Computed(_) => return None,
        }
    }
    Some(out)
}

enum Step<'a> {
    Name(Arc<str>),
    Computed(&'a Expr),
}

/// A reference as its base and its steps.
fn flatten(expr: &Expr) -> (&Expr, Vec<Step<'_>>) {
    let mut steps = Vec::new();
    let mut at = expr;
    loop {
        match at {
            Expr::RefDot { refr, field, .. } => {
                steps.push(Step::Name(field.1.as_string().map_or_else(|_| field.0.text().into(), Arc::clone)));
                at = refr;
            }
            Expr::RefBrack { refr, index, .. } => {
                steps.push(literal(index).map_or(Step::Computed(index), Step::Name));
                at = refr;
            }
            _ => break,
        }
    }
    steps.reverse();
    (at, steps)
}

fn variable(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Var { span, .. } => Some(span.text()),
        _ => None,
    }
}

fn literal(expr: &Expr) -> Option<Arc<str>> {
    match expr {
        Expr::String { value, .. } | Expr::RawString { value, .. } => value.as_string().ok().cloned(),
        _ => None,
    }
}

/// Functions that read one attribute of their first argument, named by a literal second argument.
const GETTERS: [&str; 3] = ["object.get", "data.stanchion.lib.attr.get", "data.stanchion.lib.attr.has"];

/// Calls whose first argument is a pattern or a format, not a value.
fn is_regex(function: &str) -> bool {
    matches!(function, "regex.match" | "regex.find_n" | "regex.split" | "regex.find_all_string_submatch_n")
}

struct Walker<'a> {
    imports: &'a [Import],
    out: Rule,
}

impl<'a> Walker<'a> {
    fn rule(rule: &unstable::Rule, imports: &'a [Import]) -> Rule {
        let mut walker = Self { imports, out: Rule { line: rule.span().line, ..Rule::default() } };
        match rule {
            unstable::Rule::Spec { head, bodies, .. } => {
                let (refr, assign) = match head {
                    RuleHead::Compr { refr, assign, .. } => (refr, assign.as_ref()),
                    RuleHead::Set { refr, key, .. } => {
                        if let Some(key) = key {
                            walker.expr(key);
                        }
                        (refr, None)
                    }
                    RuleHead::Func { refr, args, assign, .. } => {
                        walker.out.arity = Some(args.len());
                        for arg in args {
                            walker.bind(arg);
                            walker.expr(arg);
                        }
                        (refr, assign.as_ref())
                    }
                };
                walker.head(refr);
                if let Some(assign) = assign {
                    walker.expr(&assign.value);
                }
                for body in bodies {
                    if let Some(assign) = &body.assign {
                        walker.expr(&assign.value);
                    }
                    walker.query(&body.query);
                }
            }
            unstable::Rule::Default { refr, args, value, .. } => {
                if !args.is_empty() {
                    walker.out.arity = Some(args.len());
                }
                walker.head(refr);
                walker.expr(value);
            }
        }
        walker.out
    }

    fn head(&mut self, refr: &Expr) {
        let (base, steps) = flatten(refr);
        self.out.name = variable(base).unwrap_or_default().to_owned();
        for step in steps {
            if let Step::Computed(index) = step {
                self.expr(index);
            }
        }
    }

    fn query(&mut self, query: &Query) {
        for statement in &query.stmts {
            match &statement.literal {
                Literal::SomeVars { vars, .. } => {
                    self.out.locals.extend(vars.iter().map(|span| span.text().to_owned()));
                }
                Literal::SomeIn { key, value, collection, .. } => {
                    if let Some(key) = key {
                        self.bind(key);
                        self.expr(key);
                    }
                    self.bind(value);
                    self.expr(value);
                    self.expr(collection);
                }
                Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => self.expr(expr),
                Literal::Every { key, value, domain, query, .. } => {
                    self.out.locals.extend(key.iter().chain([value]).map(|span| span.text().to_owned()));
                    self.expr(domain);
                    self.query(query);
                }
            }
            for with in &statement.with_mods {
                self.expr(&with.refr);
                self.expr(&with.r#as);
            }
        }
    }

    /// Notes the names a pattern binds.
    fn bind(&mut self, pattern: &Expr) {
        match pattern {
            Expr::Var { span, .. } => {
                self.out.locals.insert(span.text().to_owned());
            }
            Expr::Array { items, .. } => items.iter().for_each(|item| self.bind(item)),
            Expr::Object { fields, .. } => fields.iter().for_each(|(_, _, value)| self.bind(value)),
            _ => {}
        }
    }

    fn word(&mut self, word: &Arc<str>) {
        self.out.mentions.words.insert(word.clone());
    }

    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::String { .. } | Expr::RawString { .. } => {
                if let Some(text) = literal(expr) {
                    self.word(&text);
                    self.out.mentions.strings.insert(text);
                }
            }
            Expr::Number { span, .. } => {
                self.out.mentions.numbers.insert(span.text().into());
            }
            Expr::Bool { .. } | Expr::Null { .. } => {}
            Expr::Var { .. } | Expr::RefDot { .. } | Expr::RefBrack { .. } => self.reference(expr, false),
            Expr::Array { items, .. } | Expr::Set { items, .. } => items.iter().for_each(|item| self.expr(item)),
            Expr::Object { fields, .. } => {
                for (_, key, value) in fields {
                    match literal(key) {
                        // A finding's path repeats attribute names; they are no values to try.
                        Some(name) if &*name == "path" => self.names(value),
                        Some(name) => {
                            self.word(&name);
                            self.expr(value);
                        }
                        None => {
                            self.expr(key);
                            self.expr(value);
                        }
                    }
                }
            }
            Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
                self.expr(term);
                self.query(query);
            }
            Expr::ObjectCompr { key, value, query, .. } => {
                self.expr(key);
                self.expr(value);
                self.query(query);
            }
            Expr::Call { span, fcn, params, .. } => self.call(span.line, fcn, params),
            Expr::UnaryExpr { expr, .. } => self.expr(expr),
            Expr::BinExpr { lhs, rhs, .. } | Expr::BoolExpr { lhs, rhs, .. } | Expr::ArithExpr { lhs, rhs, .. } => {
                self.expr(lhs);
                self.expr(rhs);
            }
            Expr::AssignExpr { op, lhs, rhs, .. } => {
                if *op == unstable::AssignOp::ColEq {
                    self.bind(lhs);
                }
                self.expr(lhs);
                self.expr(rhs);
            }
            Expr::Membership { key, value, collection, .. } => {
                if let Some(key) = key {
                    self.expr(key);
                }
                self.expr(value);
                self.expr(collection);
            }
        }
    }

    /// Strings that name attributes rather than values.
    fn names(&mut self, expr: &Expr) {
        match expr {
            Expr::Array { items, .. } => items.iter().for_each(|item| self.names(item)),
            _ => match literal(expr) {
                Some(name) => self.word(&name),
                None => self.expr(expr),
            },
        }
    }

    /// `narrowed` says that the surrounding call reads only what its other arguments name.
    fn reference(&mut self, expr: &Expr, narrowed: bool) {
        let (base, steps) = flatten(expr);
        let mut path: Vec<String> = Vec::new();
        let base_name = variable(base);
        match base_name {
            Some(name) => {
                self.word(&name.into());
                path.push(name.to_owned());
            }
            None => self.expr(base),
        }
        let mut literal_so_far = true;
        for step in &steps {
            match step {
                Step::Name(name) => {
                    self.word(name);
                    if literal_so_far {
                        path.push(name.to_string());
                    }
                }
                Step::Computed(index) => {
                    literal_so_far = false;
                    self.expr(index);
                }
            }
        }
        if base_name == Some("input") && !matches!(steps.first(), Some(Step::Name(_))) && !narrowed {
            self.out.mentions.whole = true;
        }
        for (index, step) in steps.iter().enumerate() {
            let is_config = matches!(step, Step::Name(name) if &**name == "config");
            if is_config && !matches!(steps.get(index + 1), Some(Step::Name(_))) {
                let last = index + 1 == steps.len();
                if !(last && narrowed) {
                    self.out.mentions.whole = true;
                }
            }
        }
        if base_name.is_some() {
            self.out.refs.insert(path);
        }
    }

    fn call(&mut self, line: u32, function: &Expr, params: &[unstable::Ref<Expr>]) {
        let written = chain(function).unwrap_or_default();
        for step in &written {
            self.word(&step.as_str().into());
        }
        let name = self.absolute(&written);
        self.out.mentions.functions.insert(name.as_str().into());
        self.out.calls.push(Call { name: name.clone(), args: params.len(), line });
        let getter = GETTERS.contains(&name.as_str());
        for (index, param) in params.iter().enumerate() {
            match (index, &**param) {
                (0, param @ (Expr::Var { .. } | Expr::RefDot { .. } | Expr::RefBrack { .. })) if getter => {
                    let narrowed = params.get(1).is_some_and(|key| narrows(param, key));
                    self.reference(param, narrowed);
                }
                (1, key) if getter => self.names(key),
                (0, format) if name == "sprintf" && literal(format).is_some() => {}
                (0, pattern) if is_regex(&name) => match literal(pattern) {
                    Some(pattern) => {
                        self.out.mentions.patterns.insert(pattern);
                    }
                    None => {
                        self.out.mentions.functions.insert("regex.computed".into());
                        self.expr(pattern);
                    }
                },
                _ => self.expr(param),
            }
        }
    }

    /// A call's name with a leading import alias replaced by the import's path.
    fn absolute(&self, written: &[String]) -> String {
        let joined = written.join(".");
        let Some((first, rest)) = written.split_first() else { return joined };
        match self.imports.iter().find(|import| import.alias == *first) {
            Some(import) if rest.is_empty() => import.path.clone(),
            Some(import) => format!("{}.{}", import.path, rest.join(".")),
            None => joined,
        }
    }
}

/// True when `get(object, key, ..)` reads a single named attribute of the config. `get(input, "config", ..)` does not.
fn narrows(object: &Expr, key: &Expr) -> bool {
    let names: Vec<Arc<str>> = match key {
        Expr::Array { items, .. } => items.iter().map_while(|item| literal(item)).collect(),
        _ => literal(key).into_iter().collect(),
    };
    match (variable(object), names.as_slice()) {
        (_, []) => false,
        (Some("input"), [only]) => &**only != "config",
        _ => true,
    }
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
    fn the_older_dialect_is_read_too() {
        let module =
            Module::parse("t.rego", "package main\ndeny[msg] { input.kind == \"Pod\"; msg := \"no\" }\n").unwrap();
        assert!(module.v0 && module.has_rule("deny"));
    }
}
