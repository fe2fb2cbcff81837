//! Reads the `# METADATA` block above a policy's `package` line.
//!
//! It knows the block's fields and their shapes. It does not know Rego beyond finding that line, nor which policies exist.

use std::collections::BTreeMap;

use granit_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

use crate::model::{PolicyInfo, Severity, SourceKind};

/// What a policy file says about itself.
#[derive(Clone, Debug)]
pub(super) struct Metadata {
    pub(super) info: PolicyInfo,
    pub(super) sources: Vec<SourceKind>,
    pub(super) estate: bool,
    /// Judges what is written, so that a value that is not known is none of its business.
    pub(super) literals: bool,
    /// There is no block; everything is assumed.
    pub(super) assumed: bool,
    pub(super) parameters: Map<String, Value>,
}

/// Reads the block; `None` when there is none, or when it has no `custom.id` and so belongs to a library.
/// Errors name file and line and say what to write.
pub(super) fn read(path: &str, text: &str) -> Result<Option<Metadata>, String> {
    let Some((line, yaml)) = block(text) else { return Ok(None) };
    let at = |message: String| format!("{path}:{line}: {message}");
    let tree = parse_yaml(&yaml).map_err(|(offset, message)| {
        format!("{path}:{}: the METADATA block is not valid YAML: {message}; check its indentation", line + offset)
    })?;
    let Value::Object(root) = tree else {
        return Err(at("the METADATA block is not a mapping; write 'title: ...' and 'custom: ...' below it".into()));
    };
    let custom = match root.get("custom") {
        None => return Ok(None),
        Some(Value::Object(custom)) => custom,
        Some(_) => return Err(at("'custom' is not a mapping; write 'id:', 'severity:' and so on below it".into())),
    };
    if custom.get("library") == Some(&Value::Bool(true)) {
        return Ok(None);
    }
    for key in custom.keys() {
        if !CUSTOM_KEYS.contains(&key.as_str()) {
            return Err(at(format!("unknown field 'custom.{key}'; known fields are {}", CUSTOM_KEYS.join(", "))));
        }
    }
    let id = required(custom, "id", "custom.id").map_err(at)?;
    if !is_kebab(&id) {
        return Err(at(format!(
            "custom.id '{id}' is not kebab-case; use lower-case letters, digits and single hyphens"
        )));
    }
    let title = required(&root, "title", "title").map_err(at)?;
    let severity = required(custom, "severity", "custom.severity").and_then(|s| s.parse::<Severity>()).map_err(at)?;
    let resource_types = strings(custom.get("resource_types"), "custom.resource_types").map_err(at)?;
    if resource_types.is_empty() {
        return Err(at("custom.resource_types is missing; list the types it judges, such as [aws_s3_bucket]".into()));
    }
    let sources = strings(custom.get("sources"), "custom.sources").map_err(at)?;
    let sources = sources.iter().map(|name| source_kind(name)).collect::<Result<_, _>>().map_err(at)?;
    let estate = match custom.get("scope") {
        None => false,
        Some(Value::String(scope)) if scope == "resource" => false,
        Some(Value::String(scope)) if scope == "estate" => true,
        Some(_) => return Err(at("custom.scope must be 'resource' or 'estate'".into())),
    };
    let literals = match custom.get("literals") {
        None => false,
        Some(Value::Bool(literals)) => *literals,
        Some(_) => return Err(at("custom.literals must be true or false".into())),
    };
    let unsuppressable = match custom.get("unsuppressable") {
        None => false,
        Some(Value::Bool(unsuppressable)) => *unsuppressable,
        Some(_) => return Err(at("custom.unsuppressable must be true or false".into())),
    };
    let parameters = match custom.get("parameters") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(parameters)) => parameters.clone(),
        Some(_) => return Err(at("custom.parameters is not a mapping; write 'name: default value' below it".into())),
    };
    let info = PolicyInfo {
        id: id.into(),
        title,
        description: text_of(root.get("description")).unwrap_or_default(),
        severity,
        family: text_of(custom.get("family")).unwrap_or_else(|| "custom".into()),
        resource_types,
        remediation: text_of(custom.get("remediation")).unwrap_or_default(),
        frameworks: frameworks(custom.get("frameworks")).map_err(at)?,
        aliases: strings(custom.get("aliases"), "custom.aliases").map_err(at)?,
        parameters: parameters.clone().into_iter().collect(),
        unsuppressable,
        references: references(root.get("related_resources")).map_err(at)?,
        path: path.into(),
    };
    Ok(Some(Metadata { info, sources, estate, literals, assumed: false, parameters }))
}

/// True when there is a block at all.
pub(super) fn has_block(text: &str) -> bool {
    block(text).is_some()
}

/// What is assumed of a policy that comes without a metadata block, as conftest policies do.
pub(super) fn assumed(path: &str, package: &str) -> Metadata {
    let id = kebab(package.strip_prefix("stanchion.").unwrap_or(package));
    let info = PolicyInfo {
        title: format!("policy {id}"),
        id: id.into(),
        description: String::new(),
        severity: Severity::Medium,
        family: "custom".into(),
        resource_types: vec!["*".into()],
        remediation: String::new(),
        frameworks: BTreeMap::new(),
        aliases: Vec::new(),
        parameters: BTreeMap::new(),
        unsuppressable: false,
        references: Vec::new(),
        path: path.into(),
    };
    Metadata { info, sources: Vec::new(), estate: false, literals: false, assumed: true, parameters: Map::new() }
}

const CUSTOM_KEYS: [&str; 13] = [
    "id",
    "severity",
    "family",
    "resource_types",
    "sources",
    "scope",
    "literals",
    "frameworks",
    "aliases",
    "remediation",
    "parameters",
    "library",
    "unsuppressable",
];

/// The last block above `package`: the 1-based line of its first YAML line, and the YAML.
fn block(text: &str) -> Option<(usize, String)> {
    let mut found: Option<(usize, String)> = None;
    let mut open = false;
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        if line.starts_with("package") {
            break;
        }
        match line.strip_prefix('#') {
            Some(comment) if comment.trim() == "METADATA" => {
                found = Some((index + 2, String::new()));
                open = true;
            }
            Some(comment) if open => {
                if let Some((_, yaml)) = &mut found {
                    yaml.push_str(comment.strip_prefix(' ').unwrap_or(comment));
                    yaml.push('\n');
                }
            }
            _ => open = false,
        }
    }
    found
}

fn required(map: &Map<String, Value>, key: &str, name: &str) -> Result<String, String> {
    text_of(map.get(key))
        .filter(|text| !text.is_empty())
        .ok_or_else(|| format!("{name} is missing; add it to the METADATA block"))
}

fn text_of(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn strings(value: Option<&Value>, name: &str) -> Result<Vec<String>, String> {
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| text_of(Some(item)).ok_or_else(|| format!("{name} holds something that is not text")))
            .collect(),
        Some(single) => {
            text_of(Some(single)).map(|text| vec![text]).ok_or_else(|| format!("{name} must be a list of texts"))
        }
    }
}

fn frameworks(value: Option<&Value>) -> Result<BTreeMap<String, Vec<String>>, String> {
    match value {
        None | Some(Value::Null) => Ok(BTreeMap::new()),
        Some(Value::Object(map)) => map
            .iter()
            .map(|(name, controls)| Ok((name.clone(), strings(Some(controls), &format!("custom.frameworks.{name}"))?)))
            .collect(),
        Some(_) => Err("custom.frameworks is not a mapping; write 'cis-aws-3.0.0: [\"2.1.4\"]' below it".into()),
    }
}

fn references(value: Option<&Value>) -> Result<Vec<String>, String> {
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| {
                text_of(Some(item)).or_else(|| text_of(item.get("ref"))).ok_or_else(|| {
                    "related_resources holds an entry without 'ref'; write '- ref: https://...'".to_owned()
                })
            })
            .collect(),
        Some(_) => Err("related_resources must be a list of '- ref: https://...'".into()),
    }
}

fn source_kind(name: &str) -> Result<SourceKind, String> {
    SourceKind::ALL.into_iter().find(|kind| kind.as_str() == name).ok_or_else(|| {
        format!("unknown source '{name}' in custom.sources; use {}", SourceKind::ALL.map(SourceKind::as_str).join(", "))
    })
}

fn is_kebab(id: &str) -> bool {
    !id.is_empty()
        && id
            .split('-')
            .all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()))
}

fn kebab(text: &str) -> String {
    let dashed: String =
        text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    dashed.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

/// YAML to a JSON tree. On error: the 0-based line inside the text, and why.
fn parse_yaml(text: &str) -> Result<Value, (usize, String)> {
    let mut stack: Vec<Frame> = Vec::new();
    let mut root = Value::Null;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| (error.marker().line().saturating_sub(1), error.info().clone()))?;
        let line = span.start.line().saturating_sub(1);
        let done = match event {
            Event::Scalar(text, style, ..) => Some(scalar(&text, style)),
            Event::SequenceStart(..) => {
                stack.push(Frame::List(Vec::new()));
                None
            }
            Event::MappingStart(..) => {
                stack.push(Frame::Map(Map::new(), None));
                None
            }
            Event::SequenceEnd | Event::MappingEnd => stack.pop().map(Frame::finish),
            Event::Alias(_) => return Err((line, "anchors and aliases are not supported here".into())),
            _ => None,
        };
        let Some(value) = done else { continue };
        match stack.last_mut() {
            None => root = value,
            Some(Frame::List(items)) => items.push(value),
            Some(Frame::Map(map, key)) => match key.take() {
                Some(key) => {
                    if map.insert(key.clone(), value).is_some() {
                        return Err((line, format!("the key '{key}' occurs twice")));
                    }
                }
                None => *key = Some(text_of(Some(&value)).ok_or_else(|| (line, "a key is not text".to_owned()))?),
            },
        }
    }
    Ok(root)
}

enum Frame {
    List(Vec<Value>),
    /// The finished entries, and the key whose value comes next.
    Map(Map<String, Value>, Option<String>),
}

impl Frame {
    fn finish(self) -> Value {
        match self {
            Self::List(items) => Value::Array(items),
            Self::Map(map, _) => Value::Object(map),
        }
    }
}

fn scalar(text: &str, style: ScalarStyle) -> Value {
    if style != ScalarStyle::Plain {
        return Value::String(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => match serde_json::from_str::<serde_json::Number>(text) {
            Ok(number) => Value::Number(number),
            Err(_) => Value::String(text.to_owned()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "# METADATA\n# title: A title\n# description: |\n#   Two\n#   lines.\n# related_resources:\n# - ref: https://e.org\n\
        # custom:\n#   id: a-b\n#   severity: high\n#   resource_types: [aws_*]\n#   sources: [plan, aws]\n\
        #   frameworks: {cis: [2.1, \"3\"]}\n#   parameters:\n#     days: 7\n#     names: [a, b]\npackage a.b\n";

    #[test]
    fn every_field_of_the_block_is_read() {
        let meta = read("p.rego", GOOD).unwrap().unwrap();
        assert_eq!(&*meta.info.id, "a-b");
        assert_eq!(meta.info.description, "Two\nlines.");
        assert_eq!(meta.info.references, ["https://e.org"]);
        assert_eq!(meta.info.frameworks["cis"], ["2.1", "3"]);
        assert_eq!(meta.sources, [SourceKind::Plan, SourceKind::Aws]);
        assert_eq!(meta.parameters["days"], 7);
        assert!(!meta.estate);
    }

    #[test]
    fn a_missing_field_names_the_file_the_line_and_the_remedy() {
        let error = read("p.rego", &GOOD.replace("#   severity: high\n", "")).unwrap_err();
        assert_eq!(error, "p.rego:2: custom.severity is missing; add it to the METADATA block");
        let error = read("p.rego", &GOOD.replace("id: a-b", "id: A_b")).unwrap_err();
        assert!(error.contains("not kebab-case"), "{error}");
    }

    #[test]
    fn bad_yaml_and_unknown_fields_are_errors() {
        let error = read("p.rego", "# METADATA\n# title: [a\npackage x\n").unwrap_err();
        assert!(error.contains("not valid YAML"), "{error}");
        let error = read("p.rego", &GOOD.replace("severity:", "severty:")).unwrap_err();
        assert!(error.contains("unknown field 'custom.severty'"), "{error}");
    }

    #[test]
    fn a_block_without_custom_belongs_to_a_library() {
        assert!(read("p.rego", "# METADATA\n# title: helpers\npackage x\n").unwrap().is_none());
        assert!(read("p.rego", "package x\n").unwrap().is_none());
    }
}
