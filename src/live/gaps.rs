//! Gaps as problems a person can read: sixty denied types in one region are one problem, not sixty.
//!
//! It does not know how anything was read.

use std::collections::{BTreeMap, BTreeSet};

use super::ALL;
use crate::model::{Gap, GapReason, Inventory, Listing, Problem, Stage};

/// Types named before "and so many more".
const NAMED: usize = 3;

/// One problem for each account, region and reason.
pub fn problems(inventory: &Inventory) -> Vec<Problem> {
    let mut groups: BTreeMap<_, Vec<(&Listing, &Gap)>> = BTreeMap::new();
    for listing in &inventory.listings {
        if let Some(gap) = &listing.gap {
            groups.entry((&*listing.account, &*listing.region, gap.reason)).or_default().push((listing, gap));
        }
    }
    let mut problems: Vec<Problem> =
        groups.into_iter().map(|((account, region, reason), gaps)| problem(account, region, reason, &gaps)).collect();
    if !inventory.complete && !problems.iter().any(|problem| problem.incomplete) {
        let message = "the collection ended before it was done: run it again for the rest";
        problems.push(Problem::new(Stage::Collect, "aws", message));
    }
    problems
}

fn problem(account: &str, region: &str, reason: GapReason, gaps: &[(&Listing, &Gap)]) -> Problem {
    let subject = match (account, region) {
        (ALL, _) => "aws".to_owned(),
        (account, ALL) => format!("aws/{account}"),
        (account, region) => format!("aws/{account}/{region}"),
    };
    if reason == GapReason::Budget {
        let told: BTreeSet<&str> = gaps.iter().map(|(_, gap)| &*gap.message).collect();
        return Problem::new(Stage::Collect, subject, told.into_iter().collect::<Vec<_>>().join("; "));
    }
    let whole: BTreeSet<&str> = gaps.iter().filter(|(_, gap)| gap.id.is_none()).map(|(it, _)| &*it.kind).collect();
    let single: BTreeSet<String> =
        gaps.iter().filter_map(|(listing, gap)| gap.id.as_ref().map(|id| format!("{} {id}", listing.kind))).collect();
    let mut what = Vec::new();
    if whole.contains(ALL) {
        what.push("what is here could not be read in full".to_owned());
    } else if !whole.is_empty() {
        what.push(format!("{} could not be listed ({})", counted(whole.len(), "type"), few(&whole)));
    }
    if !single.is_empty() {
        what.push(format!("{} could not be read ({})", counted(single.len(), "thing"), few(&single)));
    }
    let causes: BTreeSet<&str> = gaps.iter().map(|(_, gap)| &*gap.message).collect();
    let more = match causes.len() {
        0 | 1 => String::new(),
        2 => " (and another cause)".to_owned(),
        many => format!(" (and {} other causes)", many - 1),
    };
    let first = causes.first().copied().unwrap_or_default();
    let problem =
        Problem::new(Stage::Collect, subject, format!("{}, {}: {first}{more}", reason.as_str(), what.join(", ")));
    // Where a type is not offered there is nothing to look at.
    if reason == GapReason::Unsupported { problem.notice() } else { problem }
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn few<T: AsRef<str>>(names: &BTreeSet<T>) -> String {
    let shown: Vec<&str> = names.iter().take(NAMED).map(AsRef::as_ref).collect();
    let rest = names.len().saturating_sub(NAMED);
    let rest = if rest == 0 { String::new() } else { format!(" and {rest} more") };
    format!("{}{rest}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gap(region: &str, kind: &str, reason: GapReason, id: Option<&str>) -> Listing {
        let gap = Gap { reason, message: format!("{reason:?} it was"), id: id.map(Into::into) };
        Listing { account: "111122223333".into(), region: region.into(), kind: kind.into(), gap: Some(gap) }
    }

    fn inventory(listings: Vec<Listing>, complete: bool) -> Inventory {
        Inventory { records: Vec::new(), listings, complete }
    }

    #[test]
    fn many_denied_types_in_one_place_are_one_problem() {
        let kinds: Vec<String> = (10..70).map(|n| format!("AWS::X::T{n}")).collect();
        let listings = kinds.iter().map(|kind| gap("eu-west-1", kind, GapReason::Denied, None)).collect();
        let problems = problems(&inventory(listings, true));
        let [problem] = &problems[..] else { panic!("{problems:?}") };
        assert_eq!(problem.subject, "aws/111122223333/eu-west-1");
        let message =
            "denied, 60 types could not be listed (AWS::X::T10, AWS::X::T11, AWS::X::T12 and 57 more): Denied it was";
        assert_eq!(problem.message, message);
        assert!(problem.incomplete);
    }

    #[test]
    fn what_is_not_offered_somewhere_is_a_notice() {
        let problems = problems(&inventory(vec![gap("eu-west-1", "AWS::X::Y", GapReason::Unsupported, None)], true));
        assert!(!problems[0].incomplete);
    }

    #[test]
    fn single_things_and_whole_accounts_are_told_apart() {
        let listings = vec![
            gap("*", "*", GapReason::Denied, None),
            gap("eu-west-1", "AWS::X::Y", GapReason::Failed, Some("a")),
            gap("eu-west-1", "AWS::X::Z", GapReason::Failed, None),
        ];
        let told: Vec<String> =
            problems(&inventory(listings, true)).iter().map(|it| format!("{}: {}", it.subject, it.message)).collect();
        assert_eq!(
            told,
            [
                "aws/111122223333: denied, what is here could not be read in full: Denied it was",
                "aws/111122223333/eu-west-1: failed, 1 type could not be listed (AWS::X::Z), 1 thing could not be read (AWS::X::Y a): Failed it was",
            ]
        );
    }

    #[test]
    fn an_ended_collection_is_incomplete_even_without_a_gap() {
        assert!(problems(&inventory(Vec::new(), false))[0].incomplete);
        assert!(problems(&inventory(Vec::new(), true)).is_empty());
    }
}
