//! Text to checked settings, with the place of every mistake.
//!
//! It reads no file and does not know flags.

mod suppress;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::str::FromStr;

use serde_json::Value as Json;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::suggest::did_you_mean;
use super::{Config, Environment, Error, Mistake};
use crate::model::DriftIgnore;

const KEYS: [&str; 16] = [
    "fail-on",
    "min-severity",
    "select",
    "ignore",
    "exclude",
    "policy-dirs",
    "required-tags",
    "max-file-size",
    "terraform",
    "environments",
    "policy",
    "suppress",
    "unsuppressable",
    "foreign-suppressions",
    "baseline",
    "drift",
];
const TERRAFORM_KEYS: [&str; 6] = ["var-files", "vars", "workspace", "modules", "source", "include-state"];
const ENVIRONMENT_KEYS: [&str; 4] = ["name", "var-files", "vars", "workspace"];
const DRIFT_KEYS: [&str; 1] = ["ignore"];
const IGNORE_KEYS: [&str; 7] = ["type", "address", "attribute", "owner", "tag", "reason", "until"];
const POLICY_KEYS: [&str; 2] = ["severity", "parameters"];
/// The policy that `required-tags` speaks to, and its parameter.
const TAGS_POLICY: &str = "aws-required-tags";
const TAGS_PARAMETER: &str = "required";

type Value<'i> = Spanned<DeValue<'i>>;

/// Reads a whole file; `dir` is what relative paths in it start from.
pub(super) fn parse(text: &str, path: &str, dir: &Path) -> Result<Config, Error> {
    let mut reader = Reader { text, path, dir, mistakes: Vec::new() };
    let mut config = Config::default();
    match DeTable::parse(text) {
        Ok(table) => reader.top(table.get_ref(), &mut config),
        Err(error) => reader.mistake(error.span().unwrap_or(0..0), error.message()),
    }
    if reader.mistakes.is_empty() {
        return Ok(config);
    }
    reader.mistakes.sort_by_key(|mistake| mistake.place);
    Err(Error { mistakes: reader.mistakes })
}

struct Reader<'a> {
    text: &'a str,
    path: &'a str,
    dir: &'a Path,
    mistakes: Vec<Mistake>,
}

impl Reader<'_> {
    fn top(&mut self, table: &DeTable<'_>, config: &mut Config) {
        let mut tags = None;
        for (key, value) in table {
            match &**key.get_ref() {
                "fail-on" => config.fail_on = self.parsed(value),
                "min-severity" => config.min_severity = self.parsed(value),
                "select" => config.select = self.strings(value),
                "ignore" => config.ignore = self.strings(value),
                "exclude" => config.exclude = self.strings(value),
                "policy-dirs" => config.policy_dirs = self.paths(value),
                "required-tags" => tags = self.strings(value).map(|tags| (key.span(), tags)),
                "max-file-size" => config.max_file_size = self.size(value),
                "terraform" => self.terraform(value, config),
                "environments" => self.environments(value, config),
                "policy" => self.policies(value, config),
                "suppress" => suppress::read(self, value, config),
                "unsuppressable" => config.unsuppressable = self.strings(value).unwrap_or_default(),
                "foreign-suppressions" => config.foreign_suppressions = Some(self.flag(value)),
                "baseline" => config.baseline = self.string(value).map(|path| self.dir.join(path)),
                "drift" => self.drift(value, config),
                other => self.unknown(key.span(), other, "", &KEYS),
            }
        }
        if let Some((span, tags)) = tags {
            let parameters = config.parameters.entry(TAGS_POLICY.into()).or_default();
            let tags = Json::Array(tags.into_iter().map(Json::String).collect());
            if parameters.insert(TAGS_PARAMETER.into(), tags).is_some() {
                let message = format!(
                    "'required-tags' and the parameter '{TAGS_PARAMETER}' of policy '{TAGS_POLICY}' set the same thing: remove one"
                );
                self.mistake(span, &message);
            }
        }
    }

    fn terraform(&mut self, value: &Value<'_>, config: &mut Config) {
        for (key, value) in self.table(value).into_iter().flatten() {
            match &**key.get_ref() {
                "var-files" => config.var_files = self.paths(value),
                "workspace" => config.workspace = self.string(value),
                "source" => config.source = self.string(value).map(|path| self.dir.join(path)),
                "include-state" => config.include_state = self.flag(value),
                "vars" => config.vars = self.variables(value),
                "modules" => {
                    for (source, value) in self.table(value).into_iter().flatten() {
                        if let Some(dir) = self.string(value) {
                            config.modules.insert(source.get_ref().to_string(), self.dir.join(dir));
                        }
                    }
                }
                other => self.unknown(key.span(), other, " in [terraform]", &TERRAFORM_KEYS),
            }
        }
    }

    fn variables(&mut self, value: &Value<'_>) -> BTreeMap<String, String> {
        let mut out = BTreeMap::new();
        for (name, value) in self.table(value).into_iter().flatten() {
            if let Some(text) = self.variable(value) {
                out.insert(name.get_ref().to_string(), text);
            }
        }
        out
    }

    fn environments(&mut self, value: &Value<'_>, config: &mut Config) {
        let DeValue::Array(tables) = value.get_ref() else {
            self.mistake(value.span(), "environments are written as [[environments]], one table for each");
            return;
        };
        for table in tables {
            let mut environment = Environment::default();
            for (key, value) in self.table(table).into_iter().flatten() {
                match &**key.get_ref() {
                    "name" => environment.name = self.string(value).unwrap_or_default(),
                    "var-files" => environment.var_files = self.paths(value),
                    "vars" => environment.vars = self.variables(value),
                    "workspace" => environment.workspace = self.string(value),
                    other => self.unknown(key.span(), other, " in [[environments]]", &ENVIRONMENT_KEYS),
                }
            }
            if environment.name.is_empty() {
                self.mistake(table.span(), "an environment has no name: add name = \"...\"");
            } else if config.environments.iter().any(|other| other.name == environment.name) {
                let message = format!("two environments are called '{}': rename one", environment.name);
                self.mistake(table.span(), &message);
            }
            config.environments.push(environment);
        }
    }

    fn policies(&mut self, value: &Value<'_>, config: &mut Config) {
        for (id, value) in self.table(value).into_iter().flatten() {
            for (key, value) in self.table(value).into_iter().flatten() {
                let id = id.get_ref().to_string();
                match &**key.get_ref() {
                    "severity" => {
                        if let Some(severity) = self.parsed(value) {
                            config.severities.insert(id, severity);
                        }
                    }
                    "parameters" => {
                        for (name, value) in self.table(value).into_iter().flatten() {
                            if let Some(json) = self.json(value) {
                                config
                                    .parameters
                                    .entry(id.clone())
                                    .or_default()
                                    .insert(name.get_ref().to_string(), json);
                            }
                        }
                    }
                    other => self.unknown(key.span(), other, &format!(" in [policy.{id}]"), &POLICY_KEYS),
                }
            }
        }
    }

    fn drift(&mut self, value: &Value<'_>, config: &mut Config) {
        for (key, value) in self.table(value).into_iter().flatten() {
            match (&**key.get_ref(), value.get_ref()) {
                ("ignore", DeValue::Array(tables)) => {
                    for table in tables {
                        let rule = self.drift_ignore(table);
                        config.drift_ignore.push(rule);
                    }
                }
                ("ignore", _) => {
                    self.mistake(value.span(), "rules for drift are written as [[drift.ignore]], one table for each");
                }
                (other, _) => self.unknown(key.span(), other, " in [drift]", &DRIFT_KEYS),
            }
        }
    }

    fn drift_ignore(&mut self, value: &Value<'_>) -> DriftIgnore {
        let mut rule = DriftIgnore::default();
        let table = self.table(value);
        for (key, value) in table.into_iter().flatten() {
            match &**key.get_ref() {
                "type" => rule.kind = self.string(value),
                "address" => rule.address = self.string(value),
                "attribute" => rule.attribute = self.string(value),
                "owner" => rule.owner = self.string(value),
                "tag" => rule.tag = self.string(value),
                "reason" => rule.reason = self.string(value).unwrap_or_default(),
                "until" => rule.until = self.day(value),
                other => self.unknown(key.span(), other, " in [[drift.ignore]]", &IGNORE_KEYS),
            }
        }
        let wants = [&rule.kind, &rule.address, &rule.attribute, &rule.owner, &rule.tag];
        if table.is_some() && wants.iter().all(|want| want.is_none()) {
            self.mistake(
                value.span(),
                "this rule would silence all drift: add a type, address, attribute, owner or tag",
            );
        }
        if table.is_some() && rule.reason.trim().is_empty() {
            self.mistake(value.span(), "this rule gives no reason: add reason = \"...\"");
        }
        rule.written = self.place(value.span());
        rule
    }

    /// A day as text or as TOML's own date.
    fn day(&mut self, value: &Value<'_>) -> Option<String> {
        let text = match value.get_ref() {
            DeValue::Datetime(time) => time.to_string(),
            _ => self.string(value)?,
        };
        let is_day = text.len() == 10
            && text
                .bytes()
                .enumerate()
                .all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() });
        if !is_day {
            self.mistake(value.span(), &format!("'{text}' is not a day: write until = \"2027-01-31\""));
            return None;
        }
        Some(text)
    }

    fn place(&self, span: Range<usize>) -> String {
        let before = self.text.get(..span.start.min(self.text.len())).unwrap_or_default();
        format!("{}:{}", self.path, before.matches('\n').count() + 1)
    }

    fn table<'v, 'i>(&mut self, value: &'v Value<'i>) -> Option<&'v DeTable<'i>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong(value, "a table");
        }
        table
    }

    fn string(&mut self, value: &Value<'_>) -> Option<String> {
        let text = value.get_ref().as_str().map(ToOwned::to_owned);
        if text.is_none() {
            self.wrong(value, "a string");
        }
        text
    }

    fn flag(&mut self, value: &Value<'_>) -> bool {
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong(value, "true or false");
        }
        flag.unwrap_or(false)
    }

    fn strings(&mut self, value: &Value<'_>) -> Option<Vec<String>> {
        let Some(items) = value.get_ref().as_array() else {
            self.wrong(value, "a list of strings");
            return None;
        };
        Some(items.iter().filter_map(|item| self.string(item)).collect())
    }

    fn paths(&mut self, value: &Value<'_>) -> Vec<std::path::PathBuf> {
        self.strings(value).unwrap_or_default().iter().map(|path| self.dir.join(path)).collect()
    }

    fn parsed<T: FromStr<Err = String>>(&mut self, value: &Value<'_>) -> Option<T> {
        let text = self.string(value)?;
        text.parse().map_err(|message: String| self.mistake(value.span(), &message)).ok()
    }

    fn size(&mut self, value: &Value<'_>) -> Option<u64> {
        let size = match value.get_ref() {
            DeValue::String(text) => parse_size(text),
            DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix())
                .ok()
                .filter(|&bytes| bytes > 0)
                .ok_or_else(|| "a file size has to be a whole number of bytes above 0".to_owned()),
            _ => {
                self.wrong(value, "a size such as \"20MB\" or a number of bytes");
                return None;
            }
        };
        size.map_err(|message| self.mistake(value.span(), &message)).ok()
    }

    /// A Terraform variable's value as `--var` takes it: a string as it is, anything else as an expression.
    fn variable(&mut self, value: &Value<'_>) -> Option<String> {
        match value.get_ref() {
            DeValue::String(text) => Some(text.to_string()),
            _ => self.json(value).map(|json| json.to_string()),
        }
    }

    fn json(&mut self, value: &Value<'_>) -> Option<Json> {
        Some(match value.get_ref() {
            DeValue::String(text) => Json::String(text.to_string()),
            DeValue::Boolean(flag) => Json::Bool(*flag),
            DeValue::Datetime(time) => Json::String(time.to_string()),
            DeValue::Integer(number) => {
                let Ok(number) = i64::from_str_radix(number.as_str(), number.radix()) else {
                    self.mistake(value.span(), "this number is too large: write it as a string");
                    return None;
                };
                number.into()
            }
            DeValue::Float(number) => {
                let Some(number) = number.as_str().parse().ok().and_then(serde_json::Number::from_f64) else {
                    self.mistake(value.span(), "this number has no JSON form: write a finite one");
                    return None;
                };
                Json::Number(number)
            }
            DeValue::Array(items) => Json::Array(items.iter().filter_map(|item| self.json(item)).collect()),
            DeValue::Table(table) => {
                let entries = table.iter();
                Json::Object(entries.filter_map(|(k, v)| Some((k.get_ref().to_string(), self.json(v)?))).collect())
            }
        })
    }

    fn unknown(&mut self, span: Range<usize>, key: &str, place: &str, known: &[&str]) {
        let hint = match did_you_mean(key, known.iter().copied()) {
            hint if hint.is_empty() => format!(": known keys are {}", known.join(", ")),
            hint => hint,
        };
        self.mistake(span, &format!("unknown key '{key}'{place}{hint}"));
    }

    fn wrong(&mut self, value: &Value<'_>, expected: &str) {
        let found = value.get_ref().type_str();
        let article = if found.starts_with(['a', 'i']) { "an" } else { "a" };
        self.mistake(value.span(), &format!("expected {expected}, found {article} {found}"));
    }

    fn mistake(&mut self, span: Range<usize>, message: &str) {
        let before = self.text.get(..span.start.min(self.text.len())).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let message = message.trim().replace('\n', "; ");
        self.mistakes.push(Mistake { path: self.path.to_owned(), place: Some((line, column)), message });
    }
}

/// `20MB`, `512kB`, `1GiB`, `1000`: decimal and binary units alike count 1024, as nobody means the difference here.
pub fn parse_size(text: &str) -> Result<u64, String> {
    let error = || format!("'{text}' is no file size: write a number with B, KB, MB or GB, such as 20MB");
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number: u64 = text.get(..digits).and_then(|digits| digits.parse().ok()).ok_or_else(error)?;
    let unit = match &*text.get(digits..).unwrap_or_default().trim().to_ascii_lowercase() {
        "" | "b" => 1,
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        _ => return Err(error()),
    };
    number.checked_mul(unit).filter(|&bytes| bytes > 0).ok_or_else(error)
}
