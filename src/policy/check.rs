//! What a policy must pass before the engine sees it: shallow literals, no recursion, known functions, known imports.
//!
//! The engine finds misspelt functions only when it reaches them, hangs on deeply nested literals and overflows the stack
//! on recursive functions; all three are caught here. It does not evaluate anything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::builtins;
use super::module::{Module, Rule};

/// Deepest nesting of `[` and `{` that is let through: one rule body and eight literals inside.
/// The engine's parser takes twice as long for every further level.
const MAX_NESTING: usize = 9;

/// Rejects a text whose brackets nest too deeply, before any parser touches it.
pub(super) fn nesting(path: &str, text: &str) -> Result<(), String> {
    let mut depth = 0_usize;
    let mut line = 1;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' => line += 1,
            '#' => while chars.next_if(|&next| next != '\n').is_some() {},
            '"' => {
                while let Some(inner) = chars.next_if(|&next| next != '\n') {
                    match inner {
                        '\\' => drop(chars.next_if(|&next| next != '\n')),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            '`' => {
                for inner in chars.by_ref() {
                    match inner {
                        '\n' => line += 1,
                        '`' => break,
                        _ => {}
                    }
                }
            }
            '[' | '{' => {
                depth += 1;
                if depth > MAX_NESTING {
                    return Err(format!(
                        "{path}:{line}: brackets nest deeper than {MAX_NESTING} levels, which the Rego engine cannot parse in \
                         reasonable time; give the inner part a name of its own"
                    ));
                }
            }
            ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

/// The full names of rules (`data.pkg.rule`) in a policy's import closure.
pub(super) struct Names<'a> {
    modules: &'a [Arc<Module>],
    definitions: BTreeMap<String, Vec<(&'a Module, &'a Rule)>>,
}

impl<'a> Names<'a> {
    pub(super) fn new(modules: &'a [Arc<Module>]) -> Self {
        let mut definitions: BTreeMap<String, Vec<_>> = BTreeMap::new();
        for module in modules {
            for rule in &module.rules {
                definitions.entry(full_name(module, &rule.name)).or_default().push((&**module, rule));
            }
        }
        Self { modules, definitions }
    }

    pub(super) fn get(&self, name: &str) -> &[(&'a Module, &'a Rule)] {
        self.definitions.get(name).map_or(&[], Vec::as_slice)
    }

    /// The rules that a path mentioned in `module` may mean.
    pub(super) fn resolve(&self, module: &Module, path: &[String]) -> Vec<&str> {
        let Some((first, rest)) = path.split_first() else { return Vec::new() };
        let import = module.imports.iter().find(|import| import.alias == *first);
        let base = match import {
            Some(import) => import.path.clone(),
            None if first == "data" => first.clone(),
            None => full_name(module, first),
        };
        let absolute =
            std::iter::once(base.as_str()).chain(rest.iter().map(String::as_str)).collect::<Vec<_>>().join(".");
        let inside: Vec<&str> =
            self.definitions.keys().map(String::as_str).filter(|name| is_prefix(name, &absolute)).collect();
        if !inside.is_empty() || first != "data" && import.is_none() {
            return inside;
        }
        self.definitions.keys().map(String::as_str).filter(|name| is_prefix(&absolute, name)).collect()
    }

    /// All problems of the closure, as sentences with file and line.
    pub(super) fn problems(&self) -> Vec<String> {
        let mut out = Vec::new();
        for module in self.modules {
            self.imports(module, &mut out);
            for rule in &module.rules {
                self.calls(module, rule, &mut out);
            }
        }
        self.recursion(&mut out);
        out
    }

    fn imports(&self, module: &Module, out: &mut Vec<String>) {
        for import in &module.imports {
            if !self.known_path(&import.path) {
                out.push(format!(
                    "{}:{}: import of '{}', but no policy file has that package; check the spelling or add its folder with --policy",
                    module.path, import.line, import.path
                ));
            }
        }
        for rule in &module.rules {
            for path in rule.refs.iter().filter(|path| path.first().is_some_and(|first| first == "data")) {
                let path = path.join(".");
                if !self.known_path(&path) {
                    out.push(format!(
                        "{}:{}: '{path}' is no package that was loaded; policies see 'data.params' and their own libraries only",
                        module.path, rule.line
                    ));
                }
            }
        }
    }

    fn known_path(&self, path: &str) -> bool {
        if path == "input" || path.starts_with("input.") || path == "data.params" || path.starts_with("data.params.") {
            return true;
        }
        let packages = self.modules.iter().map(|module| format!("data.{}", module.package));
        packages.into_iter().any(|package| is_prefix(path, &package))
            || self.definitions.keys().any(|name| is_prefix(name, path) || is_prefix(path, name))
    }

    fn calls(&self, module: &Module, rule: &Rule, out: &mut Vec<String>) {
        for call in &rule.calls {
            let place = format!("{}:{}", module.path, call.line);
            let defined = if call.name.starts_with("data.") {
                self.get(&call.name)
            } else {
                self.get(&full_name(module, &call.name))
            };
            let arities: BTreeSet<usize> = defined.iter().filter_map(|(_, rule)| rule.arity).collect();
            let arities = if arities.is_empty() { builtins::arity(&call.name).into_iter().collect() } else { arities };
            if call.name == "print" || arities.iter().any(|&arity| call.args == arity || call.args == arity + 1) {
                continue;
            }
            let Some(arity) = arities.first() else {
                let hint = self
                    .suggest(module, &call.name)
                    .map(|name| format!("; did you mean '{name}'?"))
                    .unwrap_or_default();
                out.push(format!("{place}: unknown function '{}'{hint}", call.name));
                continue;
            };
            out.push(format!("{place}: '{}' takes {arity} arguments, not {}", call.name, call.args));
        }
    }

    fn suggest(&self, module: &Module, name: &str) -> Option<String> {
        let own = format!("data.{}.", module.package);
        let functions = self.definitions.iter().filter(|(_, rules)| rules.iter().any(|(_, rule)| rule.arity.is_some()));
        let functions = functions.map(|(name, _)| name.strip_prefix(&own).unwrap_or(name).to_owned());
        super::library::closest(name, functions.chain(builtins::names()))
    }

    /// Functions that may call themselves, directly or through others.
    fn recursion(&self, out: &mut Vec<String>) {
        for (name, rules) in &self.definitions {
            let Some((module, rule)) = rules.iter().find(|(_, rule)| rule.arity.is_some()) else { continue };
            let mut seen: BTreeSet<&str> = BTreeSet::new();
            let mut queue = self.uses(name);
            while let Some(next) = queue.pop() {
                if next == name {
                    out.push(format!(
                        "{}:{}: the function '{}' calls itself; Rego does not allow recursion, use walk() or a fixed depth",
                        module.path, rule.line, rule.name
                    ));
                    break;
                }
                if seen.insert(next) {
                    queue.extend(self.uses(next));
                }
            }
        }
    }

    /// Functions called and rules mentioned by the definitions of a name. Names bound inside a rule hide outer ones.
    fn uses(&self, name: &str) -> Vec<&str> {
        let mut out = Vec::new();
        for (module, rule) in self.get(name) {
            for call in &rule.calls {
                let target =
                    if call.name.starts_with("data.") { call.name.clone() } else { full_name(module, &call.name) };
                out.extend(self.definitions.get_key_value(&target).map(|(key, _)| key.as_str()));
            }
            for path in &rule.refs {
                if path.first().is_some_and(|first| rule.locals.contains(first)) {
                    continue;
                }
                let rules = self.resolve(module, path).into_iter();
                out.extend(rules.filter(|name| self.get(name).iter().all(|(_, rule)| rule.arity.is_none())));
            }
        }
        out
    }
}

pub(super) fn full_name(module: &Module, name: &str) -> String {
    format!("data.{}.{name}", module.package)
}

/// True when `path` is `prefix` or lies below it.
pub(super) fn is_prefix(prefix: &str, path: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(texts: &[&str]) -> Vec<String> {
        let parse = |(i, text): (usize, &&str)| Arc::new(Module::parse(&format!("{i}.rego"), text).unwrap());
        let modules: Vec<Arc<Module>> = texts.iter().enumerate().map(parse).collect();
        Names::new(&modules).problems()
    }

    #[test]
    fn deep_literals_are_refused_but_brackets_in_text_are_not_counted() {
        let deep = format!("package t\nx := {}1{}\n", "[".repeat(20), "]".repeat(20));
        assert!(nesting("t.rego", &deep).unwrap_err().starts_with("t.rego:2: brackets nest deeper"));
        let fine = format!("package t\n# {0}\nx := \"{0}\\\"{0}\"\ny := `{0}\n{0}`\n", "[{".repeat(20));
        assert!(nesting("t.rego", &fine).is_ok());
    }

    #[test]
    fn direct_and_mutual_recursion_are_refused() {
        let found = problems(&["package t\nf(x) := y if { y := f(x + 1) }\n"]);
        assert!(found[0].contains("'f' calls itself"), "{found:?}");
        let found = problems(&["package t\nf(x) := g(x)\ng(x) := f(x)\n"]);
        assert_eq!(found.len(), 2, "{found:?}");
        let found = problems(&[
            "package t\nimport data.lib.b\nf(x) := b.g(x)\n",
            "package lib.b\nimport data.t\ng(x) := t.f(x)\n",
        ]);
        assert_eq!(found.len(), 2, "{found:?}");
    }

    #[test]
    fn a_local_name_equal_to_a_function_is_not_recursion() {
        let found =
            problems(&["package t\neffect(s) := effect if { effect := s.Effect }\nx := effect({})\ny(x) := x\n"]);
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn misspelt_functions_wrong_arity_and_unknown_imports_are_reported() {
        let found = problems(&[
            "package t\nimport data.nope\ndeny contains x if { x := sprintff(\"a\", []) }\ny := lower(1, 2, 3)\n",
        ]);
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].contains("import of 'data.nope'"));
        assert!(found[1].contains("unknown function 'sprintff'; did you mean 'sprintf'?"));
        assert!(found[2].contains("'lower' takes 1 arguments, not 3"));
    }

    #[test]
    fn calls_through_aliases_and_output_arguments_are_known() {
        let found = problems(&[
            "package t\nimport data.lib.b as c\nx := c.g(1)\ny if { c.g(1, z); walk(input.x, [p, v]); print(p, v, z) }\n",
            "package lib.b\ng(x) := x\n",
        ]);
        assert!(found.is_empty(), "{found:?}");
    }
}
