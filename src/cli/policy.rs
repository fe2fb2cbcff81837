//! `stanchion policy`: what the policies are and say.
//!
//! It does not know where policies come from.

use std::fmt::Write as _;
use std::io::Write;
use std::sync::Arc;

use serde_json::{Value, json};

use super::args::{ConfigArgs, Shared};
use super::args_policy::{ListFormat, PolicyAction, PolicyCommand};
use super::scan::{load_config, policy_options};
use super::{Engine, Env, Stop, policy_docs, policy_test, wants_color};
use crate::config::{Config, did_you_mean};
use crate::exit::ExitStatus;
use crate::model::PolicyInfo;
use crate::pipeline::PolicyOptions;
use crate::report::visible;

pub(super) fn run(
    env: &Env,
    shared: &Shared,
    command: &PolicyCommand,
    engine: Engine,
    out: &mut dyn Write,
) -> Result<ExitStatus, Stop> {
    let text = match &command.action {
        PolicyAction::List { format, select, config } => {
            let mut config = load(env, config)?;
            let policies = (engine.policies)(&policy_options(select, &mut config))?;
            match format {
                ListFormat::Table => table(&policies),
                ListFormat::Json => json_list(&policies),
            }
        }
        PolicyAction::Docs { select, config } => {
            let mut config = load(env, config)?;
            policy_docs::reference(&(engine.policies)(&policy_options(select, &mut config))?)
        }
        PolicyAction::Test { paths, fixtures } => return policy_test::run(env, paths, fixtures, out),
        PolicyAction::Explain { id, policy, config } => {
            // Any policy can be explained, whether it is selected or not.
            let config = load(env, config)?;
            let dirs = config.policy_dirs.into_iter().chain(policy.iter().cloned()).collect();
            let (severities, parameters) = (config.severities, config.parameters);
            let options = PolicyOptions { dirs, severities, parameters, ..PolicyOptions::default() };
            let policies = (engine.policies)(&options)?;
            let found = policies.iter().find(|policy| *policy.id == **id || policy.aliases.contains(id));
            let Some(policy) = found else {
                let hint = match did_you_mean(id, policies.iter().map(|policy| &*policy.id)) {
                    hint if hint.is_empty() => ": stanchion policy list shows them all".into(),
                    hint => hint,
                };
                return Err(Stop::Error(format!("there is no policy '{id}'{hint}")));
            };
            explanation(policy, wants_color(shared.color, &env.vars, env.stdout_is_terminal))
        }
    };
    out.write_all(text.as_bytes())?;
    Ok(ExitStatus::Clean)
}

fn load(env: &Env, args: &ConfigArgs) -> Result<Config, Stop> {
    load_config(env, args, false, &mut std::io::sink())
}

fn table(policies: &[Arc<PolicyInfo>]) -> String {
    let rows = std::iter::once(["POLICY", "SEVERITY", "FAMILY", "TITLE"].map(ToOwned::to_owned)).chain(
        policies.iter().map(|policy| {
            [&*policy.id, policy.severity.as_str(), &policy.family, &policy.title]
                .map(|cell| visible(cell).into_owned())
        }),
    );
    let rows: Vec<[String; 4]> = rows.collect();
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let [id, severity, family] = [0, 1, 2].map(|column| width(column).unwrap_or(0));
    let mut text = String::new();
    for [a, b, c, d] in &rows {
        let _ = writeln!(text, "{a:id$}  {b:severity$}  {c:family$}  {d}");
    }
    text
}

fn json_list(policies: &[Arc<PolicyInfo>]) -> String {
    let entries: Vec<Value> = policies
        .iter()
        .map(|policy| {
            json!({
                "id": &*policy.id,
                "title": policy.title,
                "description": policy.description,
                "severity": policy.severity.as_str(),
                "family": policy.family,
                "resource_types": policy.resource_types,
                "remediation": policy.remediation,
                "frameworks": policy.frameworks,
                "aliases": policy.aliases,
                "parameters": policy.parameters,
                "references": policy.references,
                "path": policy.path,
            })
        })
        .collect();
    let document = json!({ "schema": "stanchion/policies/v1", "policies": entries });
    format!("{document:#}\n")
}

fn explanation(policy: &PolicyInfo, styled: bool) -> String {
    let bold = if styled { anstyle::Style::new().bold() } else { anstyle::Style::new() };
    let mut text = String::new();
    let _ = writeln!(text, "{bold}{}: {}{bold:#}\n", visible(&policy.id), visible(&policy.title));
    let mut facts = vec![
        ("severity", policy.severity.to_string()),
        ("family", policy.family.clone()),
        ("types", policy.resource_types.join(", ")),
    ];
    facts.extend(
        policy.frameworks.iter().map(|(name, controls)| ("framework", format!("{name}: {}", controls.join(", ")))),
    );
    facts.push(("also known as", policy.aliases.join(", ")));
    facts.extend(policy.parameters.iter().map(|(name, default)| ("parameter", format!("{name} (default {default})"))));
    facts.push(("read from", policy.path.clone()));
    for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        let _ = writeln!(text, "  {name:14} {}", visible(value));
    }
    for (heading, body) in [
        ("Why it matters", policy.description.clone()),
        ("What to write instead", policy.remediation.clone()),
        ("References", policy.references.join("\n")),
    ] {
        if !body.trim().is_empty() {
            let _ = writeln!(text, "\n{bold}{heading}{bold:#}\n");
            for line in body.trim().lines() {
                let line = format!("  {}", visible(line));
                let _ = writeln!(text, "{}", line.trim_end());
            }
        }
    }
    text
}
