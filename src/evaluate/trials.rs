//! Decides by trying: a finding that stays whatever the unknown values turn out to be is a failure, any other is undetermined.
//!
//! It knows documents, candidates and a judge. It does not know resources, places or reports.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::input::{Document, Leaf, patch};
use super::unknown::{Effort, candidates, is_exhaustive};
use crate::model::PathStep;
use crate::policy::{Denial, Judge, JudgeError, Reads, Value};

/// What became of one policy and one document.
#[derive(Debug, Default)]
pub(super) struct Decision {
    pub(super) fails: Vec<Denial>,
    /// A finding that some values would make, and what has to be known to tell whether they do.
    pub(super) undetermined: Option<(Denial, Vec<Cause>)>,
}

/// What made a verdict undetermined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// The unknown at this place of the document.
    At(Vec<PathStep>),
    /// Resources may exist that the document should link to.
    OpenLinks,
}

/// The causes in words, for one document among those that share the decision.
pub(super) fn explain(causes: &[Cause], reads: &Reads, document: &Document, open_links: &[Arc<str>]) -> Vec<Arc<str>> {
    let leaves = document.leaves_for(reads);
    let mut out = Vec::new();
    for cause in causes {
        match cause {
            Cause::OpenLinks => out.extend(open_links.iter().cloned()),
            Cause::At(path) => {
                let there = leaves.iter().filter(|leaf| leaf.path == *path);
                out.extend(there.map(|leaf| leaf.unknown.cause.clone()));
                let links = document.maybe_links.iter().filter(|link| link.path == *path);
                out.extend(links.map(|link| link.cause.clone()));
            }
        }
    }
    out.sort();
    out.dedup();
    out
}

/// All combinations are tried up to this many; beyond it, a sample of them.
const MAX_PRODUCT: usize = 64;
/// Trials for one policy and one resource, when the plain document gives a finding that is to be proved.
const PROOF_TRIALS: usize = 192;
/// Trials when it gives none: they only tell whether some value would, which is counted but accuses nobody.
const SEARCH_TRIALS: usize = 20;
/// The same where only one or two values are unknown.
const SEARCH_TRIALS_OF_FEW: usize = 64;
/// The same where more than [`MAX_SEARCHED_CAUSES`] are: such documents are long, and an evaluation takes its time.
const SEARCH_TRIALS_OF_MANY: usize = 8;
/// With more unknowns than this, the cause is not searched for: all of them are named.
const MAX_SEARCHED_CAUSES: usize = 8;
/// Values tried for an unknown to see whether it is a cause, when the verdict is clear already.
const ENOUGH_FOR_CAUSES: usize = 6;
/// However many unknowns there are, this many values are tried for each.
const MIN_CANDIDATES: usize = 16;
/// Combinations tried besides the uniform ones when there are too many for all.
const MIXED: usize = 16;

/// `open_links` says that resources may exist that this document should link to.
pub(super) fn decide(
    judge: &mut Judge,
    reads: &Reads,
    document: &Document,
    open_links: bool,
) -> Result<Decision, JudgeError> {
    let Some(value) = &document.value else { return Ok(Decision::default()) };
    let leaves = document.leaves_for(reads);
    let leaves: Vec<&Leaf> = leaves.iter().filter(|leaf| is_read(&leaf.path, reads)).collect();
    let plain = open_values(&leaves, document, reads, Effort { most: 1, every_literal: false }, false);
    if plain.is_empty() {
        let mut found = judge.judge(value)?;
        if !open_links || found.is_empty() {
            return Ok(Decision { fails: found, undetermined: None });
        }
        let undetermined = Some((found.swap_remove(0), vec![Cause::OpenLinks]));
        return Ok(Decision { fails: Vec::new(), undetermined });
    }
    let base = vec![0; plain.len()];
    let mut trials =
        Trials { judge, value, opens: &plain, left: 1, base, tried: HashMap::new(), tally: Tally::default() };
    let base_found = trials.evaluate(&trials.base.clone())?;
    // How far the trials go depends on what the plain document gives, and so does the number of values that are made for them.
    trials.left = match (base_found.is_empty(), plain.len()) {
        (false, _) => PROOF_TRIALS,
        (true, 1..=2) => SEARCH_TRIALS_OF_FEW,
        (true, ..=MAX_SEARCHED_CAUSES) => SEARCH_TRIALS,
        (true, _) => SEARCH_TRIALS_OF_MANY,
    };
    let most = if base_found.is_empty() && plain.len() > 2 { SEARCH_TRIALS + 1 } else { PROOF_TRIALS };
    let effort = Effort { most, every_literal: !base_found.is_empty() };
    // Of what is not written, only the written parts and alternatives matter; but a finding is always proved.
    let literals = reads.literals && base_found.is_empty();
    let opens = open_values(&leaves, document, reads, effort, literals);
    trials.opens = &opens;
    let before = paths(&base_found);
    let mut mattered = BTreeSet::new();
    trials.uniform()?;
    trials.one_at_a_time(&before, &mut mattered)?;
    trials.together(&before, &mut mattered)?;
    let tally = trials.tally;
    match tally.error {
        Some(error) if tally.answered == 0 => Err(error),
        _ => Ok(conclude(&leaves, reads, &opens, &base_found, &tally, &mattered, open_links)),
    }
}

/// Something in the document that is not known, with what to try for it.
struct Open {
    path: Vec<PathStep>,
    candidates: Vec<Choice>,
}

enum Choice {
    /// The document as it stands.
    Keep,
    Put(Value),
    Remove,
}

fn open_values(leaves: &[&Leaf], document: &Document, reads: &Reads, effort: Effort, literals: bool) -> Vec<Open> {
    // Many unknowns share the trials there are.
    let limit = (PROOF_TRIALS / leaves.len().max(1)).max(MIN_CANDIDATES).min(effort.most);
    let mut out: Vec<Open> = leaves
        .iter()
        .enumerate()
        .map(|(index, leaf)| {
            let limit = if literals && leaf.unknown.options.is_empty() { 1 } else { limit };
            let values = candidates(&leaf.unknown, &leaf.path, index, reads, Effort { most: limit, ..effort });
            let candidates = values.into_iter().map(|value| value.map_or(Choice::Remove, Choice::Put)).collect();
            Open { path: leaf.path.clone(), candidates }
        })
        .collect();
    let links = document.maybe_links.iter().filter(|_| reads.mentions("links"));
    out.extend(links.map(|link| Open { path: link.path.clone(), candidates: vec![Choice::Keep, Choice::Remove] }));
    out.sort_by(|a, b| a.path.cmp(&b.path));
    out
}

/// Whether a policy may look at this place of the document.
fn is_read(path: &[PathStep], reads: &Reads) -> bool {
    let key = |index: usize| match path.get(index) {
        Some(PathStep::Key(key)) => Some(&**key),
        _ => None,
    };
    let mentioned = |index: usize| key(index).is_none_or(|key| reads.mentions(key));
    match key(0) {
        Some("config") => mentioned(1),
        // links[type][index].config.name
        Some("links") => reads.other_configs && mentioned(0) && mentioned(4),
        // resources[type][address].config.name, or a facet there
        Some("resources") => mentioned(3) && (key(3) != Some("config") || mentioned(4)),
        _ => mentioned(0),
    }
}

struct Trials<'a> {
    judge: &'a mut Judge,
    value: &'a Value,
    opens: &'a [Open],
    /// Trials that may still be made.
    left: usize,
    /// The choice in which nothing in particular is assumed.
    base: Vec<usize>,
    /// What was found for each choice so far.
    tried: HashMap<Vec<usize>, BTreeSet<Vec<PathStep>>>,
    tally: Tally,
}

/// What the trials so far have in common.
#[derive(Default)]
struct Tally {
    /// Paths found in every trial; `None` before the first.
    common: Option<BTreeSet<Vec<PathStep>>>,
    /// Some trial found nothing.
    empty: bool,
    /// The first finding of any trial for each path.
    seen: BTreeMap<Vec<PathStep>, Denial>,
    answered: usize,
    error: Option<JudgeError>,
}

impl Tally {
    /// Nothing can become a failure any more, and something was found.
    fn is_settled(&self) -> bool {
        self.empty && !self.seen.is_empty()
    }
}

impl Trials<'_> {
    /// Where findings are for a choice; one that was tried before costs nothing.
    fn run(&mut self, choice: &[usize]) -> Result<BTreeSet<Vec<PathStep>>, JudgeError> {
        if let Some(found) = self.tried.get(choice) {
            return Ok(found.clone());
        }
        let found = paths(&self.evaluate(choice)?);
        self.tried.insert(choice.to_vec(), found.clone());
        Ok(found)
    }

    /// One evaluation. An expression that does not fit the values tried finds nothing.
    fn evaluate(&mut self, choice: &[usize]) -> Result<Vec<Denial>, JudgeError> {
        self.left = self.left.saturating_sub(1);
        let mut value = self.value.clone();
        let picked =
            || self.opens.iter().zip(choice).filter_map(|(open, &pick)| Some((open, open.candidates.get(pick)?)));
        for (open, choice) in picked() {
            if let Choice::Put(new) = choice {
                patch(&mut value, &open.path, Some(new.clone()));
            }
        }
        // From the back, so that indexes stay right while list entries go.
        for (open, choice) in picked().collect::<Vec<_>>().into_iter().rev() {
            if matches!(choice, Choice::Remove) {
                patch(&mut value, &open.path, None);
            }
        }
        let found = match self.judge.judge(&value) {
            Ok(found) => {
                self.tally.answered += 1;
                found
            }
            Err(error @ JudgeError::Failed(_)) => {
                self.tally.error.get_or_insert(error);
                Vec::new()
            }
            Err(error @ JudgeError::Broken(_)) => return Err(error),
        };
        let paths = paths(&found);
        self.tally.empty |= found.is_empty();
        for denial in &found {
            if !self.tally.seen.contains_key(&denial.path) {
                self.tally.seen.insert(denial.path.clone(), denial.clone());
            }
        }
        self.tally.common = Some(match self.tally.common.take() {
            Some(common) => common.intersection(&paths).cloned().collect(),
            None => paths,
        });
        Ok(found)
    }

    /// All unknowns take their first value, then all their second, and so on: what depends on any one of them mostly shows here,
    /// at a cost that does not grow with their number.
    fn uniform(&mut self) -> Result<(), JudgeError> {
        let widest = self.opens.iter().map(|open| open.candidates.len()).max().unwrap_or(1);
        for pick in 1..widest {
            if self.left == 0 || self.tally.is_settled() {
                break;
            }
            let choice: Vec<usize> =
                self.opens.iter().map(|open| pick.min(open.candidates.len().saturating_sub(1))).collect();
            self.run(&choice)?;
        }
        Ok(())
    }

    /// Varies one unknown while the others keep their base value, and notes those that made a difference.
    fn one_at_a_time(
        &mut self,
        before: &BTreeSet<Vec<PathStep>>,
        mattered: &mut BTreeSet<usize>,
    ) -> Result<(), JudgeError> {
        if self.tally.is_settled() && self.opens.len() > MAX_SEARCHED_CAUSES {
            return Ok(());
        }
        // Those with few values first: they may settle the verdict before the costly ones begin.
        let mut order: Vec<(usize, &Open)> = self.opens.iter().enumerate().collect();
        order.sort_by_key(|(_, open)| open.candidates.len());
        for (index, open) in order {
            for pick in 1..open.candidates.len() {
                if self.left == 0 {
                    return Ok(());
                }
                // Once the verdict stands, the rest only serves to name causes.
                if self.tally.is_settled() && (mattered.contains(&index) || pick > ENOUGH_FOR_CAUSES) {
                    break;
                }
                let choice = varied(&self.base, index, pick);
                if self.run(&choice)? != *before {
                    mattered.insert(index);
                }
            }
        }
        Ok(())
    }

    /// Varies several unknowns at once: all combinations where they are few, else mixed ones.
    fn together(&mut self, before: &BTreeSet<Vec<PathStep>>, mattered: &mut BTreeSet<usize>) -> Result<(), JudgeError> {
        if self.opens.len() < 2 {
            return Ok(());
        }
        let sizes: Vec<usize> = self.opens.iter().map(|open| open.candidates.len().max(1)).collect();
        let product =
            sizes.iter().try_fold(1_usize, |product, size| product.checked_mul(*size).filter(|&p| p <= MAX_PRODUCT));
        let choices: Vec<Vec<usize>> = if let Some(product) = product {
            (0..product)
                .map(|mut number| {
                    let digit = |size: &usize| {
                        let digit = number % size;
                        number /= size;
                        digit
                    };
                    sizes.iter().map(digit).collect()
                })
                .collect()
        } else {
            let mixed =
                (1..=MIXED).map(|n| sizes.iter().enumerate().map(|(i, size)| (n * (2 * i + 1) + i) % size).collect());
            mixed.collect()
        };
        // A sample is always finished: it stands for the combinations that are not tried.
        self.left = self.left.max(if self.tally.seen.is_empty() { 0 } else { choices.len() });
        for choice in choices {
            let changed = choice.iter().zip(&self.base).filter(|(a, b)| a != b).count();
            if changed < 2 {
                continue;
            }
            if self.left == 0 || self.tally.is_settled() {
                break;
            }
            let found = self.run(&choice)?;
            if mattered.is_empty() && found != *before {
                mattered.extend(choice.iter().enumerate().filter(|(_, pick)| **pick != 0).map(|(index, _)| index));
            }
        }
        Ok(())
    }
}

fn varied(base: &[usize], index: usize, pick: usize) -> Vec<usize> {
    let mut choice = base.to_vec();
    if let Some(slot) = choice.get_mut(index) {
        *slot = pick;
    }
    choice
}

fn paths(found: &[Denial]) -> BTreeSet<Vec<PathStep>> {
    found.iter().map(|denial| denial.path.clone()).collect()
}

fn conclude(
    leaves: &[&Leaf],
    reads: &Reads,
    opens: &[Open],
    base_found: &[Denial],
    tally: &Tally,
    mattered: &BTreeSet<usize>,
    open_links: bool,
) -> Decision {
    let Some(example) = base_found.first().or_else(|| tally.seen.values().next()).cloned() else {
        return Decision::default();
    };
    let made_a_difference = || {
        let chosen = opens.iter().enumerate().filter(|(index, _)| mattered.is_empty() || mattered.contains(index));
        chosen.map(|(_, open)| Cause::At(open.path.clone()))
    };
    if open_links {
        let others = made_a_difference().filter(|_| !mattered.is_empty());
        let causes = others.chain([Cause::OpenLinks]).collect();
        return Decision { fails: Vec::new(), undetermined: Some((example, causes)) };
    }
    let none = BTreeSet::new();
    let common = tally.common.as_ref().unwrap_or(&none);
    // Every value leads to some finding, though not to the same one.
    let any_will_do = common.is_empty() && !tally.empty;
    let certain = |denial: &Denial| any_will_do || common.contains(&denial.path);
    // At or below a value of unknown make-up, the values tried prove nothing.
    let unproven = |denial: &Denial| {
        let mut below = leaves.iter().filter(|leaf| is_below(&denial.path, &leaf.path));
        below.find(|leaf| !is_exhaustive(&leaf.unknown, reads))
    };

    let candidates = base_found.iter().filter(|denial| certain(denial)).take(if any_will_do { 1 } else { usize::MAX });
    let (open_ones, fails): (Vec<&Denial>, Vec<&Denial>) = candidates.partition(|denial| unproven(denial).is_some());
    let fails: Vec<Denial> = fails.into_iter().cloned().collect();
    let undetermined = if let Some(denial) = open_ones.first() {
        let causes = unproven(denial).into_iter().map(|leaf| Cause::At(leaf.path.clone())).collect();
        Some(((*denial).clone(), causes))
    } else if any_will_do {
        None
    } else {
        let rest = base_found.iter().chain(tally.seen.values()).find(|denial| !common.contains(&denial.path));
        rest.map(|denial| (denial.clone(), made_a_difference().collect()))
    };
    Decision { fails, undetermined }
}

/// True when a finding's path (relative to the config) is at or below a place of the document.
fn is_below(path: &[PathStep], place: &[PathStep]) -> bool {
    let place = match place.split_first() {
        Some((PathStep::Key(first), rest)) if &**first == "config" => rest,
        _ => place,
    };
    !place.is_empty() && path.starts_with(place)
}
