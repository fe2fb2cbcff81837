//! Which lines of a text are not in an earlier one.
//!
//! Myers' shortest edit script, bounded: where two texts have little in common, everything between their common ends is new.

use std::collections::{BTreeMap, BTreeSet};

/// Edits looked for before the texts count as different altogether.
const MAX_EDITS: usize = 500;

/// 1-based lines of `new` that `old` does not have there; line endings do not count.
pub(super) fn changed(old: &str, new: &str) -> BTreeSet<u32> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let start = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - start;
    let end = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let (a, b) = (old.get(start..old.len() - end).unwrap_or(&[]), new.get(start..new.len() - end).unwrap_or(&[]));
    let kept = kept(a, b);
    let number = |index: usize| u32::try_from(start + index + 1).unwrap_or(u32::MAX);
    (0..b.len()).filter(|index| !kept.contains(index)).map(number).collect()
}

/// Indexes of `b` on a longest common subsequence with `a`; none where that would take too many edits.
fn kept(a: &[&str], b: &[&str]) -> BTreeSet<usize> {
    let mut rounds: Vec<BTreeMap<isize, usize>> = Vec::new();
    let mut reach: BTreeMap<isize, usize> = BTreeMap::new();
    for edits in 0..=(a.len() + b.len()).min(MAX_EDITS).cast_signed() {
        let before = reach.clone();
        for diagonal in (-edits..=edits).step_by(2) {
            let mut x = if edits == 0 { 0 } else { step(&before, diagonal, edits).1 };
            while let (Some(left), Some(right)) = (a.get(x), x.checked_add_signed(-diagonal).and_then(|y| b.get(y)))
                && left == right
            {
                x += 1;
            }
            reach.insert(diagonal, x);
            let done = x >= a.len() && x.checked_add_signed(-diagonal).is_some_and(|y| y >= b.len());
            if done {
                rounds.push(before);
                return walk_back(&rounds, a.len(), b.len());
            }
        }
        rounds.push(before);
    }
    BTreeSet::new()
}

/// From which diagonal a diagonal is entered with one more edit, and where it then stands in `a`.
fn step(before: &BTreeMap<isize, usize>, diagonal: isize, edits: isize) -> (isize, usize) {
    let at = |diagonal: isize| before.get(&diagonal).copied().unwrap_or(0);
    if diagonal == -edits || (diagonal != edits && at(diagonal - 1) < at(diagonal + 1)) {
        (diagonal + 1, at(diagonal + 1))
    } else {
        (diagonal - 1, at(diagonal - 1) + 1)
    }
}

fn walk_back(rounds: &[BTreeMap<isize, usize>], mut x: usize, mut y: usize) -> BTreeSet<usize> {
    let mut kept = BTreeSet::new();
    for (edits, before) in rounds.iter().enumerate().rev() {
        let diagonal = x.cast_signed() - y.cast_signed();
        let edits = edits.cast_signed();
        let (from, entered) = if edits == 0 { (0, 0) } else { step(before, diagonal, edits) };
        while x > entered && y > 0 {
            (x, y) = (x - 1, y - 1);
            kept.insert(y);
        }
        if edits > 0 {
            x = before.get(&from).copied().unwrap_or(0);
            y = x.checked_add_signed(-from).unwrap_or(0);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(old: &str, new: &str) -> Vec<u32> {
        changed(&old.replace(' ', "\n"), &new.replace(' ', "\n")).into_iter().collect()
    }

    #[test]
    fn only_new_lines_are_told() {
        assert_eq!(lines("a b c", "a b c"), [0; 0]);
        assert_eq!(lines("a b c", "a x c"), [2]);
        assert_eq!(lines("a b c", "x a b c y"), [1, 5]);
        assert_eq!(lines("a b c d e", "a c x d e"), [3]);
        assert_eq!(lines("", "a b"), [1, 2]);
        assert_eq!(lines("a b", ""), [0; 0]);
        assert_eq!(changed("a\r\nb\r\n", "a\nb\n").len(), 0);
    }

    #[test]
    fn what_is_kept_is_a_common_subsequence_of_full_length() {
        // All pairs of short texts over two letters, against the textbook table.
        let texts: Vec<Vec<&str>> = (0..64_u32)
            .map(|bits| {
                (0..6).filter(|at| at < &(bits % 7)).map(|at| if bits >> at & 1 == 0 { "a" } else { "b" }).collect()
            })
            .collect();
        for a in &texts {
            for b in &texts {
                let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
                for i in 0..a.len() {
                    for j in 0..b.len() {
                        table[i + 1][j + 1] =
                            if a[i] == b[j] { table[i][j] + 1 } else { table[i][j + 1].max(table[i + 1][j]) };
                    }
                }
                let kept = kept(a, b);
                assert_eq!(kept.len(), table[a.len()][b.len()], "{a:?} {b:?}");
                let mut rest = a.iter();
                assert!(kept.iter().all(|at| rest.any(|line| line == &b[*at])), "{a:?} {b:?}");
            }
        }
    }
}
