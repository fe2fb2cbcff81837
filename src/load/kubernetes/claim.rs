//! Which files are Kubernetes manifests, which are templates of some, told from path and text without a full parse.

use std::ops::ControlFlow;

use super::super::Content;
use super::super::keys::outer_keys;
use super::super::yaml::{self, Dialect};
use crate::model::SourceMap;

/// Judges a file by its path and text.
pub fn content(path: &str, text: &str) -> Content {
    let actions = if text.contains("{{") || text.contains("{%") { actions(text) } else { Actions::default() };
    let in_templates = path.split('/').rev().skip(1).any(|part| part == "templates");
    if in_templates && (actions.structural || actions.helm) {
        return Content::Template;
    }
    if !has_object(text) {
        return Content::Other;
    }
    // `{{` may be ordinary text of a manifest, as in alert rules; only what then does not parse is a template.
    if actions.structural && !parses(text) {
        return Content::Template;
    }
    Content::Ours
}

fn parses(text: &str) -> bool {
    let map = SourceMap::new();
    let file = map.add("", "");
    yaml::parse(file, text, Dialect::K8s).problems.iter().all(|problem| !problem.incomplete)
}

/// True when some document has `apiVersion` and `kind` at its top level.
fn has_object(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}');
    let mut document = Document::default();
    let mut offset = 0;
    for line in text.split_inclusive(['\n', '\r']) {
        let start = offset;
        offset += line.len();
        if line.starts_with("---") || line.starts_with("...") {
            document = Document::default();
            // The document may begin on the line of its marker.
            let rest = line.trim_start_matches(['-', '.']).trim_start();
            if rest.starts_with('{') && flow_has_object(text.get(start + line.len() - rest.len()..).unwrap_or("")) {
                return true;
            }
            continue;
        }
        let content = line.trim_start_matches(' ');
        let indent = line.len() - content.len();
        let content = content.trim_end();
        if content.is_empty()
            || content.starts_with(['#', '%'])
            || content.starts_with("{{")
            || content.starts_with("{%")
        {
            continue;
        }
        if document.indent.is_none() {
            if content.trim_start().starts_with('{') {
                if flow_has_object(text.get(start..).unwrap_or("")) {
                    return true;
                }
                document.indent = Some(usize::MAX);
                continue;
            }
            document.indent = Some(indent);
        }
        if document.indent == Some(indent) {
            document.api |= is_key(content, "apiVersion");
            document.kind |= is_key(content, "kind");
            if document.api && document.kind {
                return true;
            }
        }
    }
    false
}

#[derive(Default)]
struct Document {
    indent: Option<usize>,
    api: bool,
    kind: bool,
}

/// `key: value`, the key quoted or not, with a value on its line.
fn is_key(line: &str, key: &str) -> bool {
    let after = match line.strip_prefix(['"', '\'']) {
        Some(rest) => rest.strip_prefix(key).and_then(|rest| rest.strip_prefix(['"', '\''])),
        None => line.strip_prefix(key),
    };
    after
        .and_then(|rest| rest.trim_start().strip_prefix(':'))
        .is_some_and(|value| value.starts_with([' ', '\t']) && !value.trim_start().starts_with(['#', '|', '>', '&']))
}

/// The same for JSON and flow style: both keys at the depth of the outermost braces.
fn flow_has_object(text: &str) -> bool {
    let (mut api, mut kind) = (false, false);
    outer_keys(text, &mut |key| {
        api |= key == "apiVersion";
        kind |= key == "kind";
        if api && kind { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    api && kind
}

/// Template actions of a text, comments and block scalars left out.
#[derive(Default)]
struct Actions {
    /// Outside quotes: the text is not YAML before it is rendered, or its values are not the real ones.
    structural: bool,
    /// Inside quotes, in the words of Helm: `{{ .Values.x }}`, `{{ include ... }}`.
    helm: bool,
}

fn actions(text: &str) -> Actions {
    let mut found = Actions::default();
    let mut block: Option<usize> = None;
    for line in text.lines() {
        let content = line.trim_start();
        let indent = line.len() - content.len();
        if content.is_empty() {
            continue;
        }
        if let Some(parent) = block {
            if indent > parent {
                // Templates write block scalars, too, and their actions are Helm's whatever they stand in.
                found.helm |= quoted_helm(content);
                continue;
            }
            block = None;
        }
        if content.starts_with('#') {
            continue;
        }
        let (structural, code_end) = scan_line(content);
        found.structural |= structural;
        let code = content.get(..code_end).unwrap_or(content).trim_end();
        found.helm |= quoted_helm(code);
        let head = code.trim_end_matches(|c: char| matches!(c, '+' | '-') || c.is_ascii_digit());
        if head.ends_with(['|', '>']) && (head.len() == 1 || head.trim_end_matches(['|', '>']).ends_with([' ', ':'])) {
            block = Some(indent);
        }
    }
    found
}

/// Whether an action stands outside quotes, and where a comment begins.
fn scan_line(line: &str) -> (bool, usize) {
    let mut quote: Option<char> = None;
    let mut structural = false;
    let mut before = ' ';
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        match quote {
            Some('"') if escaped => escaped = false,
            Some('"') if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            // A quote opens a scalar only where one may begin.
            None if matches!(c, '"' | '\'') && matches!(before, ' ' | '[' | '{' | ',' | ':' | '\t') && !structural => {
                quote = Some(c);
            }
            None if c == '#' && matches!(before, ' ' | '\t') && !structural => return (structural, at),
            None if c == '{' || c == '%' => structural |= before == '{',
            None => {}
        }
        before = c;
    }
    (structural, line.len())
}

fn quoted_helm(text: &str) -> bool {
    const WORDS: [&str; 16] = [
        "include", "template", "tpl", "if", "range", "with", "end", "else", "define", "default", "toYaml", "quote",
        "printf", "required", "lookup", "block",
    ];
    text.match_indices("{{").any(|(at, open)| {
        let inner = text.get(at + open.len()..).unwrap_or("").trim_start_matches('-').trim_start();
        let word = inner.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
        let values = [".Values", ".Release", ".Chart", ".Capabilities", ".Files", ".Template", "$."];
        values.iter().any(|value| inner.starts_with(value)) || WORDS.contains(&word)
    })
}
