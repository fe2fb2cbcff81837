//! Runs one policy on one `input` document, and survives whatever happens while doing so.
//!
//! The only file that evaluates Rego. It does not know resources, spans or verdicts.

use std::cell::Cell;
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Once};
use std::time::Duration;

use regorus::utils::limits::ExecutionTimerConfig;

use super::{Policy, builtins};
use crate::model::{PathStep, Severity};

pub use regorus::Value;

/// One `deny` entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// Empty when the policy gave none.
    pub message: String,
    /// Relative to the resource's config. A step may be a numeric text where an index is meant.
    pub path: Vec<PathStep>,
    pub severity: Option<Severity>,
    /// The resource it is about, where that is not the input's own.
    pub address: Option<String>,
    pub related: Vec<RelatedDenial>,
}

/// Another place that a policy points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelatedDenial {
    pub address: Option<String>,
    pub path: Vec<PathStep>,
    pub message: String,
}

/// Why a policy gave no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JudgeError {
    /// The expression does not fit this input; another input may do. One line of text.
    Failed(String),
    /// Stopped or crashed; trying again would only take more time.
    Broken(String),
}

/// A policy with its engine, for one thread.
#[derive(Debug)]
pub struct Judge {
    policy: Arc<Policy>,
    /// Built at first use, and never evaluated itself.
    base: Option<Box<regorus::Engine>>,
    /// A copy of the base that is used until an evaluation fails: what that leaves behind is not to be relied on.
    engine: Option<Box<regorus::Engine>>,
}

/// What one policy may take for one input.
const TIME_LIMIT: Duration = Duration::from_secs(1);
/// The same at the second try: the clock also runs while a busy machine lets the thread wait.
const SECOND_TIME_LIMIT: Duration = Duration::from_secs(4);

impl Judge {
    pub fn new(policy: Arc<Policy>) -> Self {
        Self { policy, base: None, engine: None }
    }

    /// All entries for this input, sorted.
    pub fn judge(&mut self, input: &Value) -> Result<Vec<Denial>, JudgeError> {
        let mut result = self.attempt(input, TIME_LIMIT);
        if matches!(&result, Err(Stop::TooLong)) {
            result = self.attempt(input, SECOND_TIME_LIMIT);
        }
        result.map_err(|stop| match stop {
            Stop::Failed(text) => JudgeError::Failed(text),
            Stop::TooLong => {
                JudgeError::Broken(format!("it ran longer than {SECOND_TIME_LIMIT:?} and was stopped; simplify it"))
            }
            Stop::Crashed => JudgeError::Broken(
                "the Rego engine crashed on it; simplify the expression that handles this input".to_owned(),
            ),
        })
    }

    fn attempt(&mut self, input: &Value, limit: Duration) -> Result<Vec<Denial>, Stop> {
        let result = quietly(|| self.run(input, limit)).unwrap_or(Err(Stop::Crashed));
        if result.is_err() {
            self.engine = None;
        }
        result
    }

    fn run(&mut self, input: &Value, limit: Duration) -> Result<Vec<Denial>, Stop> {
        let policy = self.policy.clone();
        let engine = self.engine()?;
        engine.set_execution_timer_config(timer(limit));
        let mut out = Vec::new();
        for (rule, severity) in &policy.rules {
            engine.set_input(input.clone());
            let value = engine.eval_rule(rule.clone()).map_err(|error| {
                let text = error.to_string();
                if text.contains("execution exceeded time limit") {
                    return Stop::TooLong;
                }
                Stop::Failed(plain_error(&text))
            })?;
            denials(&value, *severity, &mut out).map_err(Stop::Failed)?;
        }
        let _ = engine.take_prints();
        out.sort_by(|a, b| (&a.path, &a.message, &a.address).cmp(&(&b.path, &b.message, &b.address)));
        out.dedup();
        Ok(out)
    }

    fn engine(&mut self) -> Result<&mut regorus::Engine, Stop> {
        let engine = match self.engine.take() {
            Some(engine) => engine,
            None => match &self.base {
                Some(base) => base.clone(),
                None => self.base.insert(Box::new(prepared(&self.policy).map_err(Stop::Failed)?)).clone(),
            },
        };
        Ok(self.engine.insert(engine))
    }
}

/// Why an evaluation ended early.
enum Stop {
    Failed(String),
    TooLong,
    Crashed,
}

/// Time is looked at every so many steps; at each step it would cost more than the evaluation.
fn timer(limit: Duration) -> ExecutionTimerConfig {
    ExecutionTimerConfig { limit, check_interval: NonZeroU32::new(64).unwrap_or(NonZeroU32::MIN) }
}

/// An engine that has made its schedules, so that its copies need not.
fn prepared(policy: &Policy) -> Result<regorus::Engine, String> {
    let mut engine = build(policy)?;
    engine.set_input(Value::new_object());
    for (rule, _) in &policy.rules {
        // What the policy makes of an empty input is of no interest, a crash included.
        if quietly(|| drop(engine.eval_rule(rule.clone()))).is_none() {
            return build(policy);
        }
    }
    Ok(engine)
}

/// Turns the engine's report with source excerpt into `file:line:column: sentence`.
pub(super) fn plain_error(text: &str) -> String {
    let place = text.lines().find_map(|line| line.trim().strip_prefix("--> "));
    let sentence = text.lines().rev().find_map(|line| line.trim().strip_prefix("error: "));
    let sentence = sentence
        .or_else(|| text.lines().rev().map(str::trim).find(|line| !line.is_empty()))
        .unwrap_or("no reason given");
    match place {
        Some(place) => format!("{place}: {sentence}"),
        None => sentence.to_owned(),
    }
}

fn build(policy: &Policy) -> Result<regorus::Engine, String> {
    static CACHES: Once = Once::new();
    CACHES.call_once(|| regorus::cache::configure(regorus::cache::Config { regex: 8_192, glob: 8_192 }));
    let mut engine = regorus::Engine::new();
    // Gathered and thrown away: the engine would otherwise print to standard error.
    engine.set_gather_prints(true);
    engine.set_execution_timer_config(timer(TIME_LIMIT));
    builtins::register(&mut engine).map_err(|error| plain_error(&error))?;
    for module in &policy.modules {
        engine.set_rego_v0(module.v0);
        let added = engine.add_policy(module.path.to_string(), module.text.to_string());
        added.map_err(|error| plain_error(&error.to_string()))?;
    }
    let parameters = serde_json::json!({ "params": { (&*policy.info.id): policy.parameters } });
    engine.add_data(Value::from(parameters)).map_err(|error| plain_error(&error.to_string()))?;
    Ok(engine)
}

/// Adds a policy once to an engine, so that what only the engine can see (a schedule that cannot be made) is found at load.
pub(super) fn try_out(policy: &Policy) -> Result<(), String> {
    quietly(|| {
        let mut engine = build(policy)?;
        engine.set_input(Value::new_object());
        for (rule, _) in &policy.rules {
            // What an empty input leads to says nothing about the policy, but a failed preparation does.
            if let Err(error) = engine.eval_rule(rule.clone()) {
                let text = error.to_string();
                if ["recursi", "schedul", "not a valid rule", "use of undefined variable"]
                    .iter()
                    .any(|w| text.contains(w))
                {
                    return Err(plain_error(&text));
                }
            }
        }
        Ok(())
    })
    // A crash on an empty input may be the input's doing; a run reports it where it happens.
    .unwrap_or(Ok(()))
}

fn denials(value: &Value, implied: Option<Severity>, out: &mut Vec<Denial>) -> Result<(), String> {
    match value {
        Value::Undefined | Value::Null | Value::Bool(_) => Ok(()),
        Value::Set(entries) => entries.iter().try_for_each(|entry| {
            out.push(denial(entry, implied)?);
            Ok(())
        }),
        Value::Array(entries) => entries.iter().try_for_each(|entry| {
            out.push(denial(entry, implied)?);
            Ok(())
        }),
        single => {
            out.push(denial(single, implied)?);
            Ok(())
        }
    }
}

fn denial(entry: &Value, implied: Option<Severity>) -> Result<Denial, String> {
    if let Value::String(message) = entry {
        let message = message.to_string();
        return Ok(Denial { message, path: Vec::new(), severity: implied, address: None, related: Vec::new() });
    }
    let Value::Object(_) = entry else {
        return Err(
            "a deny entry is neither a text nor an object; write {\"path\": [...], \"message\": \"...\"}".into()
        );
    };
    let severity = match field(entry, "severity") {
        None => implied,
        Some(Value::String(name)) => {
            Some(name.parse::<Severity>().map_err(|error| format!("a deny entry has an {error}"))?)
        }
        Some(_) => return Err("the severity of a deny entry is not a text".into()),
    };
    let mut related = Vec::new();
    if let Some(list) = field(entry, "related") {
        let Value::Array(items) = list else { return Err("'related' of a deny entry is not a list".into()) };
        for item in items.iter() {
            let message = text(item, "message").or_else(|| text(item, "msg")).unwrap_or_else(|| "see also".into());
            related.push(RelatedDenial { address: text(item, "address"), path: path(item)?, message });
        }
    }
    let message = text(entry, "message").or_else(|| text(entry, "msg")).unwrap_or_default();
    Ok(Denial { message, path: path(entry)?, severity, address: text(entry, "address"), related })
}

fn field<'a>(entry: &'a Value, key: &str) -> Option<&'a Value> {
    entry.as_object().ok()?.get(&Value::from(key))
}

fn text(entry: &Value, key: &str) -> Option<String> {
    field(entry, key)?.as_string().ok().map(ToString::to_string)
}

fn path(entry: &Value) -> Result<Vec<PathStep>, String> {
    let steps = match field(entry, "path") {
        None => return Ok(Vec::new()),
        Some(Value::String(one)) => return Ok(vec![PathStep::Key(one.clone())]),
        Some(Value::Array(steps)) => steps,
        Some(_) => return Err("the path of a deny entry is not a list of names and indexes".into()),
    };
    let step = |step: &Value| match step {
        Value::String(name) => Ok(PathStep::Key(name.clone())),
        Value::Number(_) => step
            .as_u64()
            .ok()
            .and_then(|index| usize::try_from(index).ok())
            .map(PathStep::Index)
            .ok_or_else(|| "a path holds a number that is no index".to_owned()),
        _ => Err("the path of a deny entry holds something that is neither a name nor an index".to_owned()),
    };
    steps.iter().map(step).collect()
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work`; a panic inside gives `None` and prints nothing. Panics elsewhere are reported as ever.
pub(super) fn quietly<T>(work: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                previous(info);
            }
        }));
    });
    let before = QUIET.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work)).ok();
    QUIET.set(before);
    result
}
