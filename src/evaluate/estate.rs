//! Policies that look at all resources of a source and scope together.
//!
//! Their `input` is `{source, scope, resources}`, with resources by type and address. Links are not made for them.

use std::collections::BTreeMap;

use super::input::{Document, Leaf};
use super::{Judges, PairError, Part, Run, trials};
use crate::model::{PathStep, SourceKind};
use crate::policy::{Denial, Policy, Value};

impl Run<'_> {
    /// Judges every group of resources by the policies that look at all of them together.
    pub(super) fn estates(&self) -> Part {
        let mut part = Part::default();
        if !self.policies.iter().any(|policy| policy.estate) {
            return part;
        }
        let mut groups: BTreeMap<(SourceKind, &str, Option<&str>), Vec<usize>> = BTreeMap::new();
        for (index, resource) in self.resources.iter().enumerate() {
            groups.entry(resource.group()).or_default().push(index);
        }
        let mut judges = self.borrow_judges();
        for (number, policy) in self.policies.iter().enumerate().filter(|(_, policy)| policy.estate) {
            for ((source, scope, _), members) in &groups {
                let applies =
                    |index: &&usize| self.resources.get(**index).is_some_and(|r| policy.applies_to(r.source, &r.kind));
                let members: Vec<usize> = members.iter().filter(applies).copied().collect();
                if !members.is_empty() {
                    self.estate(number, policy, (*source, scope), &members, &mut judges, &mut part);
                }
            }
        }
        self.return_judges(judges);
        part
    }

    fn estate(
        &self,
        number: usize,
        policy: &Policy,
        (source, scope): (SourceKind, &str),
        members: &[usize],
        judges: &mut Judges,
        part: &mut Part,
    ) {
        part.evaluations += 1;
        let mut by_type: BTreeMap<Value, BTreeMap<Value, Value>> = BTreeMap::new();
        let mut leaves = Vec::new();
        for &index in members {
            let (Some(resource), Some(document)) = (self.resources.get(index), self.documents.plain(index)) else {
                continue;
            };
            let Some(value) = document.with_address(&resource.address).value else { continue };
            let prefix = ["resources".into(), resource.kind.clone(), resource.address.clone()].map(PathStep::Key);
            leaves.extend(document.leaves.iter().map(|leaf| Leaf {
                path: prefix.iter().chain(&leaf.path).cloned().collect(),
                unknown: leaf.unknown.clone(),
            }));
            let of_type = by_type.entry(Value::String(resource.kind.clone())).or_default();
            of_type.insert(Value::String(resource.address.clone()), value);
        }
        let resources: BTreeMap<Value, Value> =
            by_type.into_iter().map(|(kind, map)| (kind, Value::from(map))).collect();
        let value = BTreeMap::from([
            (Value::from("source"), Value::from(source.as_str())),
            ("scope".into(), scope.into()),
            ("resources".into(), resources.into()),
        ]);
        let document = Document { leaves, value: Some(value.into()), ..Document::default() };
        let Some(first) = members.first().and_then(|&index| self.resources.get(index)) else { return };
        let about = |denial: &Denial| self.writer.find(first, denial.address.as_ref()?);
        let failed = |text: String| PairError {
            policy: number,
            text,
            address: format!("{source} {scope}").trim().into(),
            span: None,
        };
        match self.decide(number, judges, &document, false) {
            None => {}
            Some(Err(text)) => part.errors.push(failed(text)),
            Some(Ok(decision)) => {
                if decision.fails.is_empty() && decision.undetermined.is_some() {
                    part.undetermined.push(number);
                }
                let undetermined = decision
                    .undetermined
                    .map(|(denial, causes)| (denial, Some(trials::explain(&causes, &policy.reads, &document, &[]))));
                for (denial, causes) in decision.fails.into_iter().map(|denial| (denial, None)).chain(undetermined) {
                    match about(&denial) {
                        Some(index) => {
                            let finding = self.writer.finding(policy, index, &denial, causes);
                            part.findings.extend(finding.map(|finding| (number, finding)));
                        }
                        None => {
                            part.errors.push(failed("a deny entry names no known resource; add its 'address'".into()));
                        }
                    }
                }
            }
        }
    }
}
