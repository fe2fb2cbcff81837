//! The part of `stanchion/v1` that is read here, name for name; what is not in it is refused.
//!
//! Data only: what becomes of it is decided in the parent.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A type that takes the named members and no others.
macro_rules! members {
    ($($(#[$of:meta])* struct $name:ident { $($(#[$at:meta])* $field:ident: $kind:ty,)* })*) => {
        $(
            #[derive(Deserialize)]
            #[serde(deny_unknown_fields)]
            $(#[$of])*
            pub(super) struct $name {
                $($(#[$at])* pub(super) $field: $kind,)*
            }
        )*
    };
}

members! {
    struct Document {
        #[serde(rename = "schema")]
        _schema: String,
        #[serde(rename = "tool")]
        _tool: Tool,
        findings: Vec<Entry>,
        problems: Vec<Problem>,
        coverage: Coverage,
        drift: Option<Drift>,
        summary: Summary,
        diff: Option<Diff>,
        policies: Vec<Policy>,
        sources: Vec<Source>,
    }

    struct Tool {
        #[serde(rename = "name")]
        _name: String,
        #[serde(rename = "version")]
        _version: String,
    }

    struct Entry {
        policy: String,
        severity: String,
        #[serde(rename = "family")]
        _family: String,
        verdict: String,
        status: String,
        status_reason: Option<String>,
        message: String,
        resource: Resource,
        location: Location,
        attribute: Vec<Step>,
        related: Vec<Related>,
        causes: Vec<String>,
        #[serde(default)]
        environments: Vec<String>,
        #[serde(rename = "remediation")]
        _remediation: String,
        #[serde(rename = "frameworks")]
        _frameworks: BTreeMap<String, Vec<String>>,
        #[serde(rename = "aliases")]
        _aliases: Vec<String>,
        fingerprint: String,
        line_hash: String,
    }

    struct Resource {
        address: String,
        #[serde(rename = "type")]
        kind: String,
        source: String,
    }

    struct Location {
        path: String,
        start_line: u32,
        start_column: u32,
        end_line: u32,
        end_column: u32,
    }

    struct Related {
        message: String,
        location: Location,
    }

    struct Problem {
        stage: String,
        message: String,
        location: Option<Location>,
        subject: String,
        incomplete: bool,
    }

    struct Coverage {
        files: usize,
        files_skipped: usize,
        resources: usize,
        policies: usize,
        evaluations: usize,
        undetermined: usize,
    }

    struct Summary {
        open: Counts,
        suppressed: usize,
        suppressed_by: SuppressedBy,
        baseline: usize,
        outside_diff: usize,
        undetermined: usize,
    }

    struct Counts {
        critical: usize,
        high: usize,
        medium: usize,
        low: usize,
    }

    struct SuppressedBy {
        inline: usize,
        configuration: usize,
        other_scanners: usize,
    }

    struct Diff {
        reference: String,
        base: String,
        new: usize,
        unchanged: usize,
        moved: usize,
        fixed: Vec<Fixed>,
        silences: Vec<Silence>,
    }

    struct Fixed {
        policy: String,
        severity: String,
        address: String,
        path: String,
        line: u32,
        message: String,
        fingerprint: String,
    }

    struct Silence {
        kind: String,
        path: String,
        line: Option<u32>,
        message: String,
    }

    struct Policy {
        id: String,
        title: String,
        description: String,
        severity: String,
        family: String,
        resource_types: Vec<String>,
        remediation: String,
        frameworks: BTreeMap<String, Vec<String>>,
        aliases: Vec<String>,
        references: Vec<String>,
    }

    struct Source {
        path: String,
        lines: Vec<Line>,
    }

    #[expect(clippy::struct_field_names, reason = "these are the names of the contract")]
    struct Line {
        line: u32,
        column: u32,
        text: String,
        #[serde(default)]
        more: bool,
        #[serde(default)]
        masked: bool,
    }

    struct Drift {
        differences: Vec<Difference>,
        coverage: DriftCoverage,
        since: Option<Since>,
    }

    struct Difference {
        class: String,
        #[serde(rename = "type")]
        kind: String,
        address: Option<String>,
        state: String,
        live: Option<String>,
        account: Option<String>,
        region: Option<String>,
        owner: Owner,
        tags: BTreeMap<String, String>,
        attributes: Vec<Attribute>,
        reasons: Vec<String>,
        location: Location,
        worse: Vec<Delta>,
        better: Vec<Delta>,
        finding: Option<String>,
    }

    struct Owner {
        kind: String,
        name: Option<String>,
    }

    struct Attribute {
        path: Vec<Step>,
        recorded: Option<String>,
        live: Option<String>,
        declared: Option<String>,
        declared_in_code: bool,
        location: Location,
        finding: Option<String>,
    }

    struct Delta {
        policy: String,
        severity: String,
        message: String,
    }

    struct DriftCoverage {
        recorded: usize,
        left_aside: usize,
        live: usize,
        compared: usize,
        in_sync: usize,
        not_compared: BTreeMap<String, usize>,
        owned: BTreeMap<String, usize>,
        attributes_unread: usize,
    }

    struct Since {
        new: usize,
        persisting: usize,
        fixed: Vec<FixedDrift>,
    }

    struct FixedDrift {
        policy: String,
        address: String,
        message: String,
        fingerprint: String,
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Step {
    Index(usize),
    Key(String),
}
