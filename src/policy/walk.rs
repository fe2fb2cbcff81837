//! Walks the syntax tree of one rule and notes what it calls, binds and mentions.
//!
//! It knows the engine's syntax tree and nothing else.

use std::sync::Arc;

use regorus::unstable::{self, Expr, Literal, Query, RuleHead};

use super::module::{Call, Import, Rule};

/// `a.b["c"]` as its steps; `None` when a step is computed.
pub(super) fn chain(expr: &Expr) -> Option<Vec<String>> {
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
const GETTERS: [&str; 4] =
    ["object.get", "data.stanchion.lib.attr.get", "data.stanchion.lib.attr.has", "data.stanchion.lib.attr.items"];

/// Calls whose first argument is a pattern or a format, not a value.
fn is_regex(function: &str) -> bool {
    matches!(function, "regex.match" | "regex.find_n" | "regex.split" | "regex.find_all_string_submatch_n")
}

/// Collects what a rule calls and mentions.
pub(super) fn rule_facts(rule: &unstable::Rule, imports: &[Import]) -> Rule {
    Walker::rule(rule, imports)
}

struct Walker<'a> {
    imports: &'a [Import],
    out: Rule,
    /// Inside a text that is a finding's message.
    in_message: bool,
    /// At a literal that stands beside others of its kind which tell as much.
    alike: bool,
}

/// Literals of one collection beyond this many tell no more than the first ones: a list of services, a table of ports.
const TELLING: usize = 2;
/// Collections of fewer members are told apart member by member.
const LONG: usize = 6;

/// What a message is called, as a member of a finding or as a variable on its way there.
fn is_message(name: &str) -> bool {
    matches!(name, "message" | "msg")
}

impl<'a> Walker<'a> {
    fn rule(rule: &unstable::Rule, imports: &'a [Import]) -> Rule {
        let mut walker =
            Self { imports, out: Rule { line: rule.span().line, ..Rule::default() }, in_message: false, alike: false };
        // Under another name, everything of the input may be read anywhere.
        if imports.iter().any(|import| import.path == "input" || import.path.starts_with("input.")) {
            let mentions = &mut walker.out.mentions;
            (mentions.whole, mentions.address, mentions.other_addresses, mentions.other_configs) =
                (true, true, true, true);
        }
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
        variable(base).unwrap_or_default().clone_into(&mut self.out.name);
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
                    let mentions = &mut self.out.mentions;
                    let strings = if self.alike { &mut mentions.alike_strings } else { &mut mentions.strings };
                    strings.insert(text);
                }
            }
            Expr::Number { span, .. } => {
                let mentions = &mut self.out.mentions;
                let numbers = if self.alike { &mut mentions.alike_numbers } else { &mut mentions.numbers };
                numbers.insert(span.text().into());
            }
            Expr::Bool { .. } | Expr::Null { .. } => {}
            Expr::Var { .. } | Expr::RefDot { .. } | Expr::RefBrack { .. } => self.reference(expr, false),
            Expr::Array { items, .. } | Expr::Set { items, .. } => {
                for (index, item) in items.iter().enumerate() {
                    self.member(index, items.len(), item);
                }
            }
            Expr::Object { fields, .. } => {
                for (index, (_, key, value)) in fields.iter().enumerate() {
                    match literal(key) {
                        // A finding's path repeats attribute names; they are no values to try.
                        Some(name) if &*name == "path" => self.names(value),
                        Some(name) => {
                            self.word(&name);
                            self.out.mentions.other_addresses |= &*name == "address";
                            self.message(is_message(&name), value);
                        }
                        None => {
                            self.member(index, fields.len(), key);
                            self.member(index, fields.len(), value);
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
                self.judged(lhs);
                self.judged(rhs);
            }
            Expr::AssignExpr { op, lhs, rhs, .. } => {
                if *op == unstable::AssignOp::ColEq {
                    self.bind(lhs);
                }
                self.expr(lhs);
                let named = *op == unstable::AssignOp::ColEq && variable(lhs).is_some_and(is_message);
                self.message(named, rhs);
            }
            Expr::Membership { key, value, collection, .. } => {
                if let Some(key) = key {
                    self.expr(key);
                }
                self.judged(value);
                self.judged(collection);
            }
        }
    }

    /// One of `count` things in a collection.
    fn member(&mut self, index: usize, count: usize, expr: &Expr) {
        let is_literal = matches!(expr, Expr::String { .. } | Expr::RawString { .. } | Expr::Number { .. });
        self.alike = is_literal && count >= LONG && index >= TELLING;
        self.expr(expr);
        self.alike = false;
    }

    /// `is_message` says that the value becomes a message if it is put together right here.
    fn message(&mut self, is_message: bool, value: &Expr) {
        let formats = matches!(value, Expr::Call { fcn, .. } if chain(fcn).is_some_and(|name| name == ["sprintf"]));
        self.in_message = is_message && formats;
        self.expr(value);
        self.in_message = false;
    }

    /// Strings that name attributes rather than values.
    fn names(&mut self, expr: &Expr) {
        match expr {
            Expr::Array { items, .. } => items.iter().for_each(|item| self.names(item)),
            _ => match literal(expr) {
                Some(name) => {
                    self.word(&name);
                    self.member_by_name(&name);
                }
                None => self.expr(expr),
            },
        }
    }

    /// A message that is itself compared or passed on may carry an address into a decision.
    fn judged(&mut self, expr: &Expr) {
        self.out.mentions.address |= variable(expr).is_some_and(is_message);
        self.expr(expr);
    }

    /// A computed or passed name may be that of any address or config.
    fn member_by_name(&mut self, name: &str) {
        self.out.mentions.other_configs |= name == "config";
        self.out.mentions.address |= name == "address";
        self.out.mentions.other_addresses |= name == "address";
    }

    /// `narrowed` says that the surrounding call reads only what its other arguments name.
    fn reference(&mut self, expr: &Expr, narrowed: bool) {
        let (base, steps) = flatten(expr);
        let mut path: Vec<String> = Vec::new();
        let base_name = variable(base);
        match base_name {
            Some(name) => {
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
            self.out.mentions.address = true;
        }
        for (index, step) in steps.iter().enumerate() {
            if matches!(step, Step::Name(name) if &**name == "address") {
                let own = base_name == Some("input") && index == 0;
                self.out.mentions.address |= own && !self.in_message;
                self.out.mentions.other_addresses |= !own;
            }
        }
        for (index, step) in steps.iter().enumerate() {
            let own = base_name == Some("input") && index == 0;
            self.out.mentions.other_configs |= match step {
                Step::Name(name) => &**name == "config" && !own,
                // A position in a list leads no further; a computed name may be any.
                Step::Computed(index) => !matches!(index, Expr::Number { .. }),
            };
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
        let name = self.absolute(&written);
        self.out.mentions.functions.insert(name.as_str().into());
        self.out.mentions.other_configs |=
            name == "walk" || name.starts_with("json.") || name.starts_with("object.") && name != "object.get";
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
                (0, pattern) if is_regex(&name) => {
                    if let Some(pattern) = literal(pattern) {
                        self.out.mentions.patterns.insert(pattern);
                    } else {
                        self.out.mentions.functions.insert("regex.computed".into());
                        self.expr(pattern);
                    }
                }
                _ => self.judged(param),
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
