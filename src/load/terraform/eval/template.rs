//! Templates: strings with interpolations and directives, `templatefile` and the other functions that read files.

use std::sync::Arc;

use super::super::ast::TemplatePart;
use super::super::functions;
use super::super::kinds;
use super::super::parse;
use super::super::value::{
    all_marks, derived, failed, find_unknown, is_failed, join_parts, make_sensitive, parts, text, to_bool,
};
use super::expr::iterate;
use super::{EXHAUSTED, Evaluator, Names, Scope};
use crate::model::{Node, Part, Reason, Shape, Span, Unknown, Value};

/// Each variable of a template takes a frame of the stack.
const MAX_VARIABLES: usize = 1000;

/// Text under construction.
#[derive(Default)]
struct Text {
    parts: Vec<Part>,
    unknown: Option<Arc<Unknown>>,
    sensitive: bool,
}

impl Text {
    fn finish(self, span: Span) -> Node {
        let node = join_parts(self.parts, self.unknown.as_deref(), span);
        if self.sensitive { make_sensitive(node) } else { node }
    }
}

impl Evaluator<'_> {
    pub(super) fn template(&self, template: &[TemplatePart], scope: Scope<'_>, span: Span) -> Node {
        // A lone interpolation keeps the type of its value.
        if let [TemplatePart::Interpolation(inner)] = template {
            return self.eval(inner, scope).at(span);
        }
        let mut text = Text::default();
        match self.template_parts(template, scope, &mut text) {
            Ok(()) => text.finish(span),
            Err(failure) => failure.at(span),
        }
    }

    /// Appends the text of a template; stops at the first value that cannot be text.
    fn template_parts(&self, template: &[TemplatePart], scope: Scope<'_>, text: &mut Text) -> Result<(), Node> {
        for part in template {
            match part {
                TemplatePart::Text(literal, _) => text.parts.push(Part::Known(literal.clone())),
                TemplatePart::Interpolation(inner) => {
                    let value = self.eval(inner, scope);
                    if is_failed(&value) || value.is_null() || matches!(value.value, Value::List(_) | Value::Map(_)) {
                        return Err(failed("a part of the template is not text", inner.span));
                    }
                    text.sensitive |= all_marks(&value).sensitive;
                    if text.unknown.is_none() {
                        text.unknown = find_unknown(&value).cloned();
                    }
                    text.parts.extend(parts(&value));
                }
                TemplatePart::If { condition, then, otherwise } => {
                    let condition = self.eval(condition, scope);
                    text.sensitive |= all_marks(&condition).sensitive;
                    match (to_bool(&condition), condition.as_unknown()) {
                        (Some(true), _) => self.template_parts(then, scope, text)?,
                        (Some(false), _) => self.template_parts(otherwise, scope, text)?,
                        (None, Some(cause)) => {
                            text.unknown.get_or_insert_with(|| cause.clone());
                            text.parts.push(Part::Hole { opaque: false });
                        }
                        (None, None) => return Err(failed("a condition is not a bool", condition.via)),
                    }
                }
                TemplatePart::For { key_name, value_name, collection, body } => {
                    let collection = self.eval(collection, scope);
                    text.sensitive |= all_marks(&collection).sensitive;
                    let items = match iterate(&collection) {
                        Ok(items) => items,
                        Err(Some(cause)) => {
                            text.unknown.get_or_insert(cause);
                            text.parts.push(Part::Hole { opaque: false });
                            continue;
                        }
                        Err(None) => return Err(failed("for needs a list, set or map", collection.via)),
                    };
                    for (key, value) in items {
                        if !self.spend(1, collection.via) {
                            return Err(failed(EXHAUSTED, collection.via));
                        }
                        let keyed = key_name.as_deref().map(|name| Names { name, value: key, outer: scope.names });
                        let names = Names { name: value_name, value, outer: keyed.as_ref().or(scope.names) };
                        self.template_parts(body, Scope { names: Some(&names), ..scope }, text)?;
                    }
                }
            }
        }
        Ok(())
    }

    pub(super) fn file_function(&self, name: &str, arguments: &[Node], scope: Scope<'_>, span: Span) -> Node {
        let name = functions::plain(name);
        let takes = if matches!(name, "fileset" | "templatefile" | "templatestring") { 2 } else { 1 };
        if arguments.len() != takes {
            return failed(format!("{name} takes {takes} arguments"), span);
        }
        let Some(first) = arguments.first() else { return failed(format!("{name} needs a path"), span) };
        if let Some(unknown) = first.as_unknown() {
            return derived(unknown, functions::result_shape(name), span);
        }
        let Some(path) = text(first) else { return failed(format!("{name} needs a path"), span) };
        if name == "templatestring" {
            return match parse::parse_template(span.file, &path) {
                Ok(template) => self.render(&template, arguments.get(1), scope, first.origin),
                Err(error) => failed(error, span),
            };
        }
        let roots = [&*scope.instance.root_dir(), &*scope.instance.module.dir];
        if name == "fileexists" {
            let outside = || {
                let cause = format!("{path} lies outside of the scanned tree");
                let unknown =
                    Unknown { shape: Shape::Bool, nullable: false, ..Unknown::new(Reason::Unsupported, cause) };
                Node::unknown(unknown, span)
            };
            return self.files.exists(&path, &roots).map_or_else(outside, |exists| {
                if !exists && self.files.below(&path, &roots).is_some_and(|names| !names.is_empty()) {
                    return failed(format!("{path} is a directory, not a file"), span);
                }
                Node::new(Value::Bool(exists), span)
            });
        }
        if name == "fileset" {
            return self.fileset(&path, arguments.get(1), &roots, span);
        }
        let file = match self.files.read(&path, &roots) {
            Ok(file) => file,
            Err(problem) => {
                // A missing file may be made before apply; only what is refused or unreadable is a problem.
                if let Some(message) = problem.message {
                    self.problem(&path, message, span);
                }
                let unknown = Unknown { shape: Shape::String, ..Unknown::new(Reason::Unsupported, problem.cause) };
                return Node::unknown(unknown, span);
            }
        };
        let source = self.sources.file(file);
        let whole = Span::new(file, 0, u32::try_from(source.text.len()).unwrap_or(u32::MAX));
        match name {
            "templatefile" => match parse::parse_template(file, &source.text) {
                Ok(template) => self.render(&template, arguments.get(1), scope, whole),
                Err(error) => {
                    self.problem(&path, format!("the template does not parse: {error}; correct its syntax"), span);
                    failed(error, span)
                }
            },
            "file" => Node { via: span, ..Node::string(source.text.clone(), whole) },
            _ => match functions::of_file(name, source.text.as_bytes()) {
                Some(text) => Node { via: span, ..Node::string(text, whole) },
                None => failed(format!("there is no function {name}"), span),
            },
        }
    }

    /// The files below a directory that a pattern names.
    fn fileset(&self, path: &str, pattern: Option<&Node>, roots: &[&str], span: Span) -> Node {
        if let Some(unknown) = pattern.and_then(Node::as_unknown) {
            return derived(unknown, Shape::List, span);
        }
        let Some(pattern) = pattern.and_then(text) else { return failed("fileset needs a pattern", span) };
        let glob = globset::GlobBuilder::new(pattern.trim_start_matches("./")).literal_separator(true).build();
        let Ok(glob) = glob.map(|glob| glob.compile_matcher()) else {
            return failed(format!("'{pattern}' is no pattern of files"), span);
        };
        let Some(names) = self.files.below(path, roots) else {
            let cause = format!("{path} lies outside of the scanned tree or holds too many files");
            let unknown = Unknown { shape: Shape::List, nullable: false, ..Unknown::new(Reason::Unsupported, cause) };
            return Node::unknown(unknown, span);
        };
        if !self.spend(names.len(), span) {
            return failed(EXHAUSTED, span);
        }
        let matching = names.into_iter().filter(|name| glob.is_match(name)).map(|name| Node::string(name, span));
        kinds::set(matching.collect(), span)
    }

    /// Template text held in a value, as the `template_file` data source takes it.
    pub(super) fn render_text(&self, template: &Node, variables: Option<&Node>, scope: Scope<'_>, span: Span) -> Node {
        if let Some(unknown) = find_unknown(template) {
            return derived(unknown, Shape::String, span);
        }
        let Some(text) = text(template) else { return failed("the template is not text", span) };
        match parse::parse_template(template.origin.file, &text) {
            Ok(parts) => self.render(&parts, variables, scope, template.origin),
            Err(error) => failed(error, span),
        }
    }

    /// A template with its own variables only.
    fn render(&self, template: &[TemplatePart], variables: Option<&Node>, scope: Scope<'_>, span: Span) -> Node {
        let map = match variables.map(|node| &node.value) {
            Some(Value::Map(map)) => map.clone(),
            Some(Value::Unknown(unknown)) => return derived(unknown, Shape::String, span),
            _ => Arc::default(),
        };
        if map.len() > MAX_VARIABLES {
            return failed("a template has too many variables", span);
        }
        self.render_with(template, &mut map.iter(), scope, None, span)
    }

    fn render_with(
        &self,
        template: &[TemplatePart],
        variables: &mut std::collections::btree_map::Iter<'_, Arc<str>, Node>,
        scope: Scope<'_>,
        names: Option<&Names<'_>>,
        span: Span,
    ) -> Node {
        if let Some((name, value)) = variables.next() {
            let names = Names { name, value: value.clone(), outer: names };
            return self.render_with(template, variables, scope, Some(&names), span);
        }
        let inner = Scope { names, ..scope };
        if self.rendering.replace(true) {
            return failed("a template cannot render another template", span);
        }
        let mut text = Text::default();
        let done = self.template_parts(template, inner, &mut text);
        self.rendering.set(false);
        match done {
            Ok(()) => text.finish(span),
            Err(failure) => failure,
        }
    }
}
