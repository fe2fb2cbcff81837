//! Says whether a literal under a key is a hard-coded secret.
//!
//! A known token shape or a connection string with a password in it is one under any key. Otherwise the key has to say so,
//! and the value has to look like a secret rather than a name, a path, a reference or a placeholder. Most real secrets in
//! configuration are weak words under a telling key, so randomness is not asked for. The value itself is never handed back.

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use regex::Regex;

/// The answer. `kind` is `token`, `url`, `key` or empty.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Judgement {
    pub(super) secret: bool,
    pub(super) kind: &'static str,
    pub(super) why: String,
}

impl Judgement {
    pub(super) fn clean(why: &str) -> Self {
        Self { secret: false, kind: "", why: why.to_owned() }
    }

    fn secret(kind: &'static str, why: String) -> Self {
        Self { secret: true, kind, why }
    }
}

pub(super) fn judge(key: &str, value: &str) -> Judgement {
    let value = value.trim();
    if value.is_empty() {
        return Judgement::clean("empty");
    }
    if value.contains("EXAMPLE") {
        return Judgement::clean("a documentation example");
    }
    if let Some(name) = token_name(value) {
        return Judgement::secret("token", format!("it has the shape of {name}"));
    }
    if is_reference(value) {
        return Judgement::clean("a reference");
    }
    if let Some(password) = url_password(value) {
        return if is_reference(password) || is_placeholder(password) {
            Judgement::clean("a placeholder")
        } else {
            Judgement::secret("url", "it is a connection string with a password in it".into())
        };
    }
    let words = words_of(key);
    let Some(said) = secret_word(&words) else { return Judgement::clean("the key does not name a secret") };
    if is_placeholder(value) {
        return Judgement::clean("a placeholder");
    }
    if !could_be_secret(value, said) {
        return Judgement::clean("a name, a path or a sentence");
    }
    Judgement::secret("key", format!("the key '{}' says that it is a {said}", shown(key)))
}

/// Known token shapes. Prefixes and lengths are the vendors' public facts.
const TOKENS: [(&str, &str); 15] = [
    ("an AWS access key id", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    ("a GitHub token", r"\bgh[pousr]_[A-Za-z0-9]{36,}\b"),
    ("a GitHub fine-grained token", r"\bgithub_pat_[A-Za-z0-9_]{22,}"),
    ("a GitLab token", r"\bglpat-[A-Za-z0-9_-]{20,}"),
    ("a Slack token", r"\bxox[abeprs]-[A-Za-z0-9-]{10,}"),
    ("a Slack webhook", r"hooks\.slack\.com/services/T[A-Za-z0-9]+/B[A-Za-z0-9]+/[A-Za-z0-9]{8,}"),
    ("a Stripe live key", r"\b[sr]k_live_[A-Za-z0-9]{16,}"),
    ("a Google API key", r"\bAIza[A-Za-z0-9_-]{35}"),
    // Key material has to follow: a header with dots below it is documentation.
    ("a private key", r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?s:.{0,200}?)[A-Za-z0-9+/=]{20}"),
    ("a JSON web token", r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    ("an npm token", r"\bnpm_[A-Za-z0-9]{36}\b"),
    ("a PyPI token", r"\bpypi-[A-Za-z0-9_-]{50,}"),
    ("a SendGrid key", r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{32,}"),
    ("a Vault token", r"\bhv[sb]\.[A-Za-z0-9_-]{24,}"),
    ("a Docker Hub token", r"\bdckr_pat_[A-Za-z0-9_-]{20,}"),
];

fn token_name(value: &str) -> Option<&'static str> {
    static COMPILED: LazyLock<Vec<(&'static str, Regex)>> = LazyLock::new(|| {
        TOKENS.iter().filter_map(|(name, pattern)| Some((*name, Regex::new(pattern).ok()?))).collect()
    });
    COMPILED.iter().find(|(_, regex)| regex.is_match(value)).map(|(name, _)| *name)
}

/// The password of `scheme://user:password@host`, or of `...;Password=...;` in a connection string.
fn url_password(value: &str) -> Option<&str> {
    static USERINFO: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?:^|[\s\x22'=])[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@]*:([^\s/@]+)@[^\s/@]").ok());
    static PAIRS: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?i);\s*(?:password|pwd|accountkey|sharedaccesskey)\s*=\s*([^;]+)").ok());
    [&*USERINFO, &*PAIRS].into_iter().flatten().find_map(|regex| Some(regex.captures(value)?.get(1)?.as_str()))
}

/// A key's words in lower case: `dbPassword`, `DB_PASSWORD` and `db.password` are `db password`.
fn words_of(key: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before_lower = false;
    for c in key.chars() {
        let starts = c.is_uppercase() && before_lower;
        before_lower = c.is_lowercase() || c.is_ascii_digit();
        if starts || !c.is_alphanumeric() {
            words.push(String::new());
        }
        if let (true, Some(word)) = (c.is_alphanumeric(), words.last_mut()) {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Words that name a secret wherever they end a key.
const SECRET_WORDS: [&str; 12] = [
    "password",
    "passwd",
    "passwort",
    "pwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "secretkey",
    "privatekey",
    "credentials",
];

/// Pairs of words that name a secret together.
const SECRET_PAIRS: [(&str, &str); 12] = [
    ("api", "key"),
    ("access", "key"),
    ("secret", "key"),
    ("private", "key"),
    ("encryption", "key"),
    ("signing", "key"),
    ("account", "key"),
    ("auth", "key"),
    ("client", "secret"),
    ("secret", "string"),
    ("secret", "value"),
    ("password", "value"),
];

/// Last words that turn a key into something about a secret.
const ABOUT: [&str; 50] = [
    "name",
    "names",
    "arn",
    "arns",
    "id",
    "ids",
    "path",
    "paths",
    "file",
    "files",
    "length",
    "rotation",
    "date",
    "time",
    "enabled",
    "enable",
    "policy",
    "policies",
    "version",
    "versions",
    "type",
    "url",
    "uri",
    "endpoint",
    "ttl",
    "expiry",
    "expiration",
    "days",
    "hours",
    "minutes",
    "seconds",
    "lifetime",
    "age",
    "format",
    "field",
    "header",
    "prefix",
    "suffix",
    "ref",
    "reference",
    "required",
    "disabled",
    "reset",
    "recovery",
    "count",
    "size",
    "algorithm",
    "method",
    "hash",
    "status",
];

/// First words that do the same: a creation token only keeps requests apart, a public key is public.
const HARMLESS_FIRST: [&str; 12] = [
    "creation",
    "idempotency",
    "client_request",
    "public",
    "next",
    "page",
    "allow",
    "require",
    "use",
    "enable",
    "has",
    "no",
];

fn secret_word(words: &[String]) -> Option<&'static str> {
    let last = words.last()?.as_str();
    if ABOUT.contains(&last) || words.iter().any(|word| word == "rotation" || word == "rotate") {
        return None;
    }
    if words.first().is_some_and(|first| HARMLESS_FIRST.contains(&first.as_str())) {
        return None;
    }
    let before = words.len().checked_sub(2).and_then(|index| words.get(index)).map_or("", String::as_str);
    if last == "token" && matches!(before, "id" | "request" | "continuation" | "pagination") {
        return None;
    }
    if let Some(pair) = SECRET_PAIRS.iter().find(|(first, second)| *first == before && *second == last) {
        return Some(match pair {
            ("client", _) | ("secret", "string" | "value") => "secret",
            ("password", _) => "password",
            _ => "key",
        });
    }
    let squeezed: String = words.concat();
    let word = SECRET_WORDS.iter().find(|word| {
        **word == last || (word.len() > 5 && last.ends_with(**word)) || (word.len() > 6 && squeezed.ends_with(**word))
    })?;
    Some(match *word {
        "passwd" | "passwort" | "pwd" | "password" => "password",
        "apikey" | "accesskey" | "secretkey" | "privatekey" => "key",
        other => other,
    })
}

/// Something that stands for a value kept elsewhere.
fn is_reference(value: &str) -> bool {
    // The marker that stands for an unknown value while verdicts are tried.
    if value.contains('\u{e000}') {
        return true;
    }
    let lower = value.to_ascii_lowercase();
    ["${", "$(", "{{", "%{", "<%"].iter().any(|opening| value.contains(opening))
        || value.starts_with('$')
            && value.chars().skip(1).all(|c| c.is_ascii_alphanumeric() || c == '_')
            && value.len() > 1
        || [
            "!ref",
            "!sub",
            "!getatt",
            "arn:",
            "enc[",
            "vault:",
            "ref+",
            "op://",
            "ssm:",
            "secretsmanager:",
            "file://",
            "var.",
            "data.",
            "local.",
            "module.",
            "projects/",
        ]
        .iter()
        .any(|prefix| lower.starts_with(prefix))
        || value.starts_with('%') && value.ends_with('%') && value.len() > 2
}

fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let plain: String = lower.chars().filter(char::is_ascii_alphanumeric).collect();
    let masked = !lower.chars().any(char::is_alphanumeric);
    let one_letter = plain.len() >= 3 && plain.chars().all(|c| c == 'x') || plain == "yyy" || plain == "zzz";
    let bracketed =
        [('<', '>'), ('[', ']'), ('{', '}')].iter().any(|(a, b)| value.starts_with(*a) && value.ends_with(*b));
    masked
        || one_letter
        || bracketed
        || [
            "replaceme",
            "replacethis",
            "todo",
            "tbd",
            "fixme",
            "example",
            "none",
            "null",
            "nil",
            "undefined",
            "redacted",
            "hidden",
            "masked",
            "placeholder",
            "placeholders",
            "dummy",
            "unused",
            "notused",
            "empty",
            "default",
            "optional",
            "required",
            "true",
            "false",
            "yes",
            "no",
            "on",
            "off",
            "string",
            "disabled",
            "enabled",
            "auto",
        ]
        .contains(&plain.as_str())
        || ["replace", "insert", "your", "enter", "setme", "fillin", "putyour"]
            .iter()
            .any(|prefix| plain.starts_with(prefix))
}

/// Names, paths, sentences and numbers are not secrets even where the key says so.
fn could_be_secret(value: &str, said: &str) -> bool {
    if value.starts_with(['/', '.', '~']) || value.contains("://") {
        return false;
    }
    if value.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | ':')) && said != "password" {
        return false;
    }
    if names_an_entry(value) || names_a_variable(value) {
        return false;
    }
    if said == "password" || said == "passphrase" {
        // A sentence is help text; a passphrase of several words is not.
        return said == "passphrase" || value.split_whitespace().count() <= 2;
    }
    if value.contains(char::is_whitespace) || value.chars().count() < 6 {
        return false;
    }
    let slashes = value.matches('/').count();
    // `my-app/db/password` names a secret; a random string may hold a slash too, but then also digits and capitals.
    let random = value.chars().any(|c| c.is_ascii_digit()) && value.chars().any(char::is_uppercase);
    if slashes > 0 && !random {
        return false;
    }
    // `db-password`, `app-credentials`: the name of a secret store entry, in words only.
    let name_like = value.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '-' | '_' | '.'));
    let mentions = ["secret", "password", "token", "key", "credential"].iter().any(|word| value.contains(word));
    !(name_like && mentions)
}

/// `admin/db_password`: the path of a secret store's entry, whose last part says what it holds.
fn names_an_entry(value: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.' | '/');
    let Some((_, last)) = value.rsplit_once('/').filter(|_| value.chars().all(plain)) else { return false };
    ["secret", "password", "passwd", "token", "key", "credential"].iter().any(|word| last.contains(word))
}

/// `KUBE_TOKEN_DEV`: the name of an environment variable or of a CI secret.
fn names_a_variable(value: &str) -> bool {
    value.contains('_')
        && value.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        && ["SECRET", "PASSWORD", "TOKEN", "KEY", "CREDENTIAL"].iter().any(|word| value.contains(word))
}

/// A key as messages show it: without anything that could break a line.
fn shown(key: &str) -> String {
    key.chars().filter(|c| !c.is_control()).take(60).collect()
}
