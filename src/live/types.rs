//! The types that are read of live accounts, and how each can be listed. One embedded table, and nothing else knows a type by name.
//!
//! It does not call anything and does not know Terraform.

use std::sync::LazyLock;

/// Of which places a type's things are, and how often they are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Of a region, listed in each.
    Region,
    /// Of no region, listed once.
    Global,
    /// Of a region each, but one listing gives those of all regions.
    Account,
    /// The same, and each is where the thing of another type with the same identifier is.
    With(&'static str),
}

/// What of a parent a listing wants to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Id,
    Arn,
}

/// Marks an input that only the region knows where global services answer.
const AT_HOME: &str = "@home";

/// The inputs of a listing in the home region or another.
pub fn inputs(values: &'static str, at_home: bool) -> impl Iterator<Item = &'static str> {
    values.split(',').filter_map(move |value| match value.strip_suffix(AT_HOME) {
        Some(value) => at_home.then_some(value),
        None => Some(value),
    })
}

/// How Cloud Control lists a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    Not,
    List,
    /// Once for each value of a property; those that end in `AT_HOME` in the home region only.
    With {
        property: &'static str,
        values: &'static str,
    },
    /// Once for each thing of another type.
    Each {
        parent: &'static str,
        property: &'static str,
        key: Key,
    },
    /// There is one, and its identifier is the account's.
    One,
}

/// One type.
#[derive(Clone, Debug)]
pub struct Kind {
    /// `CloudFormation`'s name.
    pub name: &'static str,
    pub scope: Scope,
    /// AWS Config's name, where it can record the type.
    pub config: Option<&'static str>,
    pub control: Control,
    /// IAM actions that Cloud Control's handlers read with.
    pub actions: Vec<&'static str>,
}

static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| include_str!("types.txt").lines().filter_map(parse).collect());

/// All types, sorted by name.
pub fn kinds() -> &'static [Kind] {
    &KINDS
}

fn parse(line: &'static str) -> Option<Kind> {
    let mut columns = line.split_whitespace();
    let name = columns.next().filter(|name| !name.starts_with('#'))?;
    let scope = match columns.next()? {
        "global" => Scope::Global,
        "account" => Scope::Account,
        other => other.strip_prefix("with:").map_or(Scope::Region, Scope::With),
    };
    let config = match columns.next()? {
        "-" => None,
        "=" => Some(name),
        other => Some(other),
    };
    let control = control(columns.next()?);
    let actions = columns.next()?.split(',').filter(|action| *action != "-").collect();
    Some(Kind { name, scope, config, control, actions })
}

fn control(text: &'static str) -> Control {
    let Some((how, rest)) = text.split_once(':') else {
        return if text == "list" { Control::List } else { Control::Not };
    };
    let pair = |text: &'static str| text.split_once('=');
    match how {
        "with" => pair(rest).map_or(Control::Not, |(property, values)| Control::With { property, values }),
        "one" => Control::One,
        _ => rest
            .rsplit_once(':')
            .and_then(|(parent, input)| {
                let (property, key) = pair(input)?;
                let key = if key == "arn" { Key::Arn } else { Key::Id };
                Some(Control::Each { parent, property, key })
            })
            .unwrap_or(Control::Not),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_line_of_the_table_is_a_type_and_none_is_there_twice() {
        let lines = include_str!("types.txt").lines().filter(|line| !line.starts_with('#')).count();
        let names: BTreeSet<_> = kinds().iter().map(|kind| kind.name).collect();
        assert_eq!((kinds().len(), names.len()), (lines, lines));
        assert!(kinds().windows(2).all(|pair| pair[0].name < pair[1].name), "sorted");
    }

    #[test]
    fn every_type_has_a_source_and_every_parent_is_listed_itself() {
        for kind in kinds() {
            assert!(kind.config.is_some() || kind.control != Control::Not, "{} cannot be read", kind.name);
            let parent = match (kind.control, kind.scope) {
                (Control::Each { parent, .. }, _) | (_, Scope::With(parent)) => Some(parent),
                _ => None,
            };
            if let Some(parent) = parent {
                let parent = kinds().iter().find(|other| other.name == parent);
                let parent = parent.unwrap_or_else(|| panic!("{} has no parent in the table", kind.name));
                assert!(matches!(parent.control, Control::List), "parents of parents are not looked up");
            }
        }
    }

    #[test]
    fn inputs_of_listings_are_understood() {
        let of = |name: &str| kinds().iter().find(|kind| kind.name == name).unwrap();
        let listener = Control::Each {
            parent: "AWS::ElasticLoadBalancingV2::LoadBalancer",
            property: "LoadBalancerArn",
            key: Key::Arn,
        };
        assert_eq!(of("AWS::ElasticLoadBalancingV2::Listener").control, listener);
        assert_eq!(
            of("AWS::WAFv2::WebACL").control,
            Control::With { property: "Scope", values: "REGIONAL,CLOUDFRONT@home" }
        );
        assert_eq!(of("AWS::Glue::DataCatalogEncryptionSettings").control, Control::One);
        assert_eq!(of("AWS::CodeBuild::Project").control, Control::Not);
        assert_eq!(of("AWS::S3::Bucket").scope, Scope::Account);
        assert_eq!(of("AWS::CertificateManager::Certificate").config, Some("AWS::ACM::Certificate"));
    }

    #[test]
    fn handlers_are_allowed_to_read_only() {
        for (kind, action) in kinds().iter().flat_map(|kind| kind.actions.iter().map(move |action| (kind, *action))) {
            let (_, verb) = action.split_once(':').unwrap();
            let reads = ["Get", "List", "Describe", "BatchGet", "Search", "GET"];
            assert!(reads.iter().any(|read| verb.starts_with(read)), "{}: {action}", kind.name);
        }
    }
}
