//! What AWS Config records in one region, asked before it is asked for anything else.
//!
//! What it does not record it cannot show, and cannot show as missing either.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_sdk_config::types::{
    ConfigurationRecorder, ExclusionByResourceTypes, RecorderStatus, RecordingGroup, RecordingStrategyType,
};
use serde_json::{Value, json};

use super::desk::Desk;
use super::failure::Failure;
use super::session::Account;
use crate::live::actions::{RECORDER_STATUS, RECORDERS};

/// The recorder of one region.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an answer of its own")]
pub(super) struct Recorder {
    exists: bool,
    recording: bool,
    /// The last attempt to deliver failed: what is there may be old.
    failing: bool,
    group: Group,
    include_global: bool,
}

#[derive(Clone, Debug)]
enum Group {
    AllBut(BTreeSet<String>),
    Only(BTreeSet<String>),
}

impl Default for Group {
    fn default() -> Self {
        Self::Only(BTreeSet::new())
    }
}

impl Recorder {
    /// True when Config knows all things of a type here. The name is Config's.
    pub(super) fn records(&self, name: &str) -> bool {
        let listed = match &self.group {
            Group::AllBut(names) => !names.contains(name),
            Group::Only(names) => names.contains(name),
        };
        self.exists && self.recording && !self.failing && listed
    }

    /// The members of the record of a region.
    pub(super) fn value(&self) -> Value {
        let all = matches!(&self.group, Group::AllBut(names) if names.is_empty());
        json!({
            "exists": self.exists,
            "recording": self.recording,
            "last_delivery_failed": self.failing,
            "all_supported": all,
            "include_global": self.include_global,
        })
    }

    fn new(found: Option<&ConfigurationRecorder>) -> Self {
        let Some(found) = found else { return Self::default() };
        let group = found.recording_group();
        let all = group.is_some_and(RecordingGroup::all_supported);
        let only: BTreeSet<String> = group
            .map(RecordingGroup::resource_types)
            .unwrap_or_default()
            .iter()
            .map(|kind| kind.as_str().to_owned())
            .collect();
        let but: BTreeSet<String> = group
            .and_then(|group| group.exclusion_by_resource_types())
            .map(ExclusionByResourceTypes::resource_types)
            .unwrap_or_default()
            .iter()
            .map(|kind| kind.as_str().to_owned())
            .collect();
        let strategy = group.and_then(|group| group.recording_strategy()).and_then(|it| it.use_only());
        let group_of = match strategy {
            Some(RecordingStrategyType::ExclusionByResourceTypes) => Group::AllBut(but),
            Some(RecordingStrategyType::InclusionByResourceTypes) => Group::Only(only),
            // A recorder without a group is one that records all.
            _ if all || group.is_none() => Group::AllBut(BTreeSet::new()),
            _ => Group::Only(only),
        };
        Self {
            exists: true,
            recording: false,
            failing: false,
            group: group_of,
            include_global: group.is_some_and(RecordingGroup::include_global_resource_types),
        }
    }
}

/// Asks for the recorder of a region and whether it is at work.
pub(super) async fn read(desk: &Desk, account: &Account, region: &Arc<str>) -> Result<Recorder, Failure> {
    let client = aws_sdk_config::Client::new(&account.in_region(region));
    let gate = account.gate(&desk.gates, region, "config");
    let answer = gate.call(RECORDERS, || client.describe_configuration_recorders().send()).await?;
    // Recorders of services record for these services only.
    let found = answer.configuration_recorders().iter().find(|it| it.service_principal().is_none_or(str::is_empty));
    let mut recorder = Recorder::new(found);
    if let Some(found) = found {
        let answer = gate.call(RECORDER_STATUS, || client.describe_configuration_recorder_status().send()).await?;
        let of_it = |status: &&aws_sdk_config::types::ConfigurationRecorderStatus| {
            status.name().is_none() || found.name().is_none() || status.name() == found.name()
        };
        if let Some(status) = answer.configuration_recorders_status().iter().find(of_it) {
            recorder.recording = status.recording();
            recorder.failing = status.last_status() == Some(&RecorderStatus::Failure);
        }
    }
    Ok(recorder)
}

#[cfg(test)]
mod tests {
    use aws_sdk_config::types::{RecordingStrategy, ResourceType};

    use super::*;

    fn recorder(group: Option<RecordingGroup>) -> Recorder {
        let found = ConfigurationRecorder::builder().name("default").set_recording_group(group).build();
        Recorder { recording: true, ..Recorder::new(Some(&found)) }
    }

    #[test]
    fn a_recorder_records_what_its_group_says() {
        let all = recorder(Some(RecordingGroup::builder().all_supported(true).build()));
        assert!(all.records("AWS::S3::Bucket"));
        assert!(recorder(None).records("AWS::S3::Bucket"));
        let only = recorder(Some(RecordingGroup::builder().resource_types(ResourceType::Bucket).build()));
        assert!(only.records("AWS::S3::Bucket") && !only.records("AWS::SQS::Queue"));
        let strategy = RecordingStrategy::builder().use_only(RecordingStrategyType::ExclusionByResourceTypes).build();
        let but = ExclusionByResourceTypes::builder().resource_types(ResourceType::Bucket).build();
        let but = recorder(Some(
            RecordingGroup::builder().recording_strategy(strategy).exclusion_by_resource_types(but).build(),
        ));
        assert!(!but.records("AWS::S3::Bucket") && but.records("AWS::SQS::Queue"));
    }

    #[test]
    fn a_recorder_that_is_off_missing_or_failing_records_nothing() {
        let all = recorder(Some(RecordingGroup::builder().all_supported(true).build()));
        assert!(!Recorder { recording: false, ..all.clone() }.records("AWS::S3::Bucket"));
        assert!(!Recorder { failing: true, ..all }.records("AWS::S3::Bucket"));
        assert!(!Recorder::new(None).records("AWS::S3::Bucket"));
    }
}
