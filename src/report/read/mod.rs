//! `stanchion/v1` JSON in, the report it was written from out: the way back of `json`.
//!
//! It trusts nothing in the text, and takes nothing that it does not know. The lines that are given become the sources, with
//! blanks for all others, so that every renderer finds its places where they were.

mod document;
mod sources;

use std::collections::BTreeMap;
use std::sync::Arc;

use self::document::{Difference as Different, Document, Entry, Location, Step};
use self::sources::Builder;
use crate::model::{
    AttributeDifference, Coverage, Diff, Difference, DriftClass, DriftCoverage, DriftReport, Finding, Fixed,
    FixedDrift, Owner, PathStep, PolicyDelta, PolicyInfo, Problem, Related, Report, Severity, Shown, Silence, Since,
    SourceKind, Span, Stage, Status, Suppressions, Unlisted, Verdict,
};

/// Why a text is no report. A lower-case sentence with cause and remedy.
type Error = String;

/// Reads what `--format json` wrote.
pub fn read(text: &str) -> Result<Report, Error> {
    #[derive(serde::Deserialize)]
    struct Head {
        schema: Option<String>,
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let head: Head = serde_json::from_str(text).map_err(|error| {
        let what = if error.is_data() { "it is no report of stanchion" } else { "it is no JSON" };
        format!("{what} ({error}): give a file that --format json wrote")
    })?;
    match head.schema.as_deref() {
        Some("stanchion/v1") => {}
        Some(other) => {
            let other: String = other.chars().take(60).collect();
            return Err(format!(
                "its schema is '{other}', and this version reads stanchion/v1: use the version that wrote it"
            ));
        }
        None => return Err("it is no report of stanchion: give a file that --format json wrote".into()),
    }
    let document: Document = serde_json::from_str(text)
        .map_err(|error| format!("it does not follow stanchion/v1 ({error}): write it again with this version"))?;
    report(&document)
}

fn report(document: &Document) -> Result<Report, Error> {
    let mut sources = Builder::default();
    for source in &document.sources {
        for line in &source.lines {
            sources.line(&source.path, line)?;
        }
    }
    each_location(document, |location| sources.reach(location))?;
    let sources = sources.build();
    let at = |location: &Location| sources.span(location);

    let findings: Vec<Finding> = document.findings.iter().map(|it| finding(it, &at)).collect::<Result<_, Error>>()?;
    let problems = document.problems.iter().map(|it| {
        let span = it.location.as_ref().map(&at).transpose()?;
        let stages = [Stage::Config, Stage::Load, Stage::Parse, Stage::Evaluate, Stage::Collect];
        let stage = named(stages, Stage::as_str, &it.stage, "stage")?;
        let (message, subject) = (it.message.clone(), it.subject.clone());
        Ok::<_, Error>(Problem { stage, message, span, subject, incomplete: it.incomplete })
    });
    let problems = problems.collect::<Result<_, _>>()?;
    let mut policies = document.policies.iter().map(policy).collect::<Result<Vec<_>, Error>>()?;
    policies.sort_by(|a, b| a.id.cmp(&b.id));
    let drift = document.drift.as_ref().map(|it| drift(it, &at)).transpose()?;
    let diff = document.diff.as_ref().map(diff).transpose()?;
    let summary = &document.summary;
    let listed = |verdict, status: &str| {
        findings.iter().filter(|it| it.verdict == verdict && it.status.as_str() == status).count()
    };
    let open = |severity| {
        findings
            .iter()
            .filter(|it| it.verdict == Verdict::Fail && it.status == Status::Open && it.severity == severity)
            .count()
    };
    let counts = [summary.open.critical, summary.open.high, summary.open.medium, summary.open.low];
    let mut unlisted = Unlisted {
        open: [0; 4],
        suppressed: summary.suppressed.saturating_sub(listed(Verdict::Fail, "suppressed")),
        baseline: summary.baseline.saturating_sub(listed(Verdict::Fail, "baseline")),
        outside_diff: summary.outside_diff.saturating_sub(listed(Verdict::Fail, "outside-diff")),
        undetermined: summary.undetermined.saturating_sub(listed(Verdict::Undetermined, "open")),
    };
    for ((slot, count), severity) in unlisted.open.iter_mut().zip(counts).zip(Severity::ALL) {
        *slot = count.saturating_sub(open(severity));
    }
    let coverage = &document.coverage;
    let line_hashes: BTreeMap<String, String> =
        document.findings.iter().map(|it| (it.fingerprint.clone(), it.line_hash.clone())).collect();
    Ok(Report {
        findings,
        problems,
        policies,
        coverage: Coverage {
            files: coverage.files,
            files_skipped: coverage.files_skipped,
            resources: coverage.resources,
            policies: coverage.policies,
            evaluations: coverage.evaluations,
            undetermined: coverage.undetermined,
        },
        suppressions: Suppressions {
            inline: summary.suppressed_by.inline,
            configuration: summary.suppressed_by.configuration,
            foreign: summary.suppressed_by.other_scanners,
        },
        diff,
        drift,
        // The report does not say; a run that looked at no file and has nothing to tell of accounts looked at none.
        of_accounts: coverage.files == 0 && document.problems.iter().any(|problem| problem.stage == "collect"),
        unlisted,
        line_hashes,
        sources: sources.map,
    })
}

/// Every place there is, so that the sources reach as far.
fn each_location(document: &Document, mut visit: impl FnMut(&Location) -> Result<(), Error>) -> Result<(), Error> {
    for finding in &document.findings {
        visit(&finding.location)?;
        finding.related.iter().try_for_each(|related| visit(&related.location))?;
    }
    document.problems.iter().filter_map(|it| it.location.as_ref()).try_for_each(&mut visit)?;
    for difference in document.drift.iter().flat_map(|drift| &drift.differences) {
        visit(&difference.location)?;
        difference.attributes.iter().try_for_each(|it| visit(&it.location))?;
    }
    Ok(())
}

/// One of the known values by its name.
fn named<T: Copy>(
    all: impl IntoIterator<Item = T>,
    name: impl Fn(T) -> &'static str,
    text: &str,
    what: &str,
) -> Result<T, Error> {
    all.into_iter().find(|it| name(*it) == text).ok_or_else(|| unknown(what, text))
}

fn unknown(what: &str, text: &str) -> Error {
    let text: String = text.chars().take(60).collect();
    format!("it does not follow stanchion/v1 (unknown {what} '{text}'): write it again with this version")
}

fn severity(text: &str) -> Result<Severity, Error> {
    named(Severity::ALL, Severity::as_str, text, "severity")
}

fn finding(it: &Entry, at: &impl Fn(&Location) -> Result<Span, Error>) -> Result<Finding, Error> {
    let reason = it.status_reason.clone().unwrap_or_default();
    let status = match it.status.as_str() {
        "open" => Status::Open,
        "suppressed" => Status::Suppressed(reason),
        "baseline" => Status::Baseline(reason),
        "outside-diff" => Status::OutsideDiff,
        other => return Err(unknown("status", other)),
    };
    let related = it
        .related
        .iter()
        .map(|related| Ok::<_, Error>(Related { message: related.message.clone(), span: at(&related.location)? }));
    Ok(Finding {
        policy: it.policy.as_str().into(),
        severity: severity(&it.severity)?,
        verdict: named([Verdict::Fail, Verdict::Undetermined], Verdict::as_str, &it.verdict, "verdict")?,
        status,
        message: it.message.clone(),
        source: named(SourceKind::ALL, SourceKind::as_str, &it.resource.source, "source")?,
        scope: "".into(),
        address: it.resource.address.as_str().into(),
        kind: it.resource.kind.as_str().into(),
        span: at(&it.location)?,
        attribute: it.attribute.iter().map(step).collect(),
        related: related.collect::<Result<_, _>>()?,
        causes: it.causes.iter().map(|cause| cause.as_str().into()).collect(),
        environments: it.environments.iter().map(|name| name.as_str().into()).collect(),
        fingerprint: it.fingerprint.clone(),
    })
}

fn step(it: &Step) -> PathStep {
    match it {
        Step::Key(key) => PathStep::Key(key.as_str().into()),
        Step::Index(index) => PathStep::Index(*index),
    }
}

fn policy(it: &document::Policy) -> Result<Arc<PolicyInfo>, Error> {
    Ok(Arc::new(PolicyInfo {
        title: it.title.clone(),
        description: it.description.clone(),
        severity: severity(&it.severity)?,
        family: it.family.clone(),
        resource_types: it.resource_types.clone(),
        remediation: it.remediation.clone(),
        frameworks: it.frameworks.clone(),
        aliases: it.aliases.clone(),
        references: it.references.clone(),
        ..PolicyInfo::unknown(&it.id)
    }))
}

fn diff(it: &document::Diff) -> Result<Diff, Error> {
    let fixed = it.fixed.iter().map(|it| {
        Ok::<_, Error>(Fixed {
            path: it.path.clone(),
            line: it.line,
            policy: it.policy.as_str().into(),
            severity: severity(&it.severity)?,
            address: it.address.as_str().into(),
            message: it.message.clone(),
            fingerprint: it.fingerprint.clone(),
        })
    });
    let silences = it.silences.iter().map(|it| {
        Ok::<_, Error>(Silence {
            kind: named(["suppression", "baseline", "configuration"], |kind| kind, &it.kind, "kind of silence")?,
            path: it.path.clone(),
            line: it.line,
            message: it.message.clone(),
        })
    });
    Ok(Diff {
        reference: it.reference.clone(),
        base: it.base.clone(),
        new: it.new,
        unchanged: it.unchanged,
        moved: it.moved,
        fixed: fixed.collect::<Result<_, _>>()?,
        silences: silences.collect::<Result<_, _>>()?,
    })
}

fn owner(kind: &str, name: Option<&str>) -> Result<Owner, Error> {
    let name = || Arc::from(name.unwrap_or_default());
    Ok(match kind {
        "nobody" => Owner::Nobody,
        "service-linked" => Owner::ServiceLinked,
        "aws-default" => Owner::AwsDefault,
        "cloudformation" => Owner::CloudFormation(name()),
        "autoscaling" => Owner::Autoscaling(name()),
        "kubernetes" => Owner::Kubernetes(name()),
        "part-of-managed" => Owner::PartOf(name()),
        other => return Err(unknown("owner", other)),
    })
}

fn drift(it: &document::Drift, at: &impl Fn(&Location) -> Result<Span, Error>) -> Result<DriftReport, Error> {
    let coverage = &it.coverage;
    let owned = coverage.owned.iter().map(|(kind, count)| Ok::<_, Error>((owner(kind, None)?.as_str(), *count)));
    Ok(DriftReport {
        differences: it.differences.iter().map(|it| difference(it, at)).collect::<Result<_, _>>()?,
        coverage: DriftCoverage {
            recorded: coverage.recorded,
            left_aside: coverage.left_aside,
            live: coverage.live,
            compared: coverage.compared,
            in_sync: coverage.in_sync,
            not_compared: coverage.not_compared.clone(),
            owned: owned.collect::<Result<_, _>>()?,
            attributes_unread: coverage.attributes_unread,
        },
        since: it.since.as_ref().map(|it| Since {
            new: it.new,
            persisting: it.persisting,
            fixed: it
                .fixed
                .iter()
                .map(|it| FixedDrift {
                    policy: it.policy.clone(),
                    address: it.address.clone(),
                    message: it.message.clone(),
                    fingerprint: it.fingerprint.clone(),
                })
                .collect(),
        }),
    })
}

fn difference(it: &Different, at: &impl Fn(&Location) -> Result<Span, Error>) -> Result<Difference, Error> {
    let shown = |text: &Option<String>| text.clone().map(Shown::Text);
    let deltas = |list: &[document::Delta]| {
        let delta = |it: &document::Delta| {
            let (policy, message) = (it.policy.as_str().into(), it.message.clone());
            Ok::<_, Error>(PolicyDelta { policy, severity: severity(&it.severity)?, message })
        };
        list.iter().map(delta).collect::<Result<Vec<_>, _>>()
    };
    let attributes = it.attributes.iter().map(|it| {
        Ok::<_, Error>(AttributeDifference {
            path: it.path.iter().map(step).collect(),
            recorded: shown(&it.recorded),
            live: shown(&it.live),
            declared: shown(&it.declared),
            declared_in_code: it.declared_in_code,
            span: at(&it.location)?,
            related: Vec::new(),
            ignored: None,
            finding: it.finding.clone(),
        })
    });
    let optional = |text: &Option<String>| text.as_deref().map(Arc::from);
    let name = it.address.as_deref().unwrap_or_default();
    Ok(Difference {
        class: named(DriftClass::ALL, DriftClass::as_str, &it.class, "class")?,
        kind: it.kind.as_str().into(),
        address: optional(&it.address),
        scope: it.state.as_str().into(),
        live: optional(&it.live),
        account: optional(&it.account),
        region: optional(&it.region),
        owner: owner(&it.owner.kind, it.owner.name.as_deref())?,
        tags: it.tags.iter().map(|(key, value)| (key.as_str().into(), value.as_str().into())).collect(),
        attributes: attributes.collect::<Result<_, _>>()?,
        reasons: it.reasons.clone(),
        worse: deltas(&it.worse)?,
        better: deltas(&it.better)?,
        finding: it.finding.clone(),
        ..Difference::of(name, at(&it.location)?)
    })
}
