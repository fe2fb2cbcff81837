//! `moved` blocks: which address was which before.
//!
//! Read from the text, because blocks that only rename make no resource. It does not know what renames are worth.

use crate::model::SourceMap;

/// One `moved` block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Move {
    /// The directory of the module that says so.
    dir: String,
    from: String,
    to: String,
}

/// All `moved` blocks of the sources, in order of their files.
pub(super) fn moves(sources: &SourceMap) -> Vec<Move> {
    let mut out = Vec::new();
    for (_, file) in sources.files() {
        let is_module = [".tf", ".tofu"].iter().any(|ending| file.path.ends_with(ending));
        if is_module && file.text.contains("moved") {
            let dir = file.path.rsplit_once('/').map_or("", |(dir, _)| dir);
            out.extend(blocks(&file.text).into_iter().map(|(from, to)| Move { dir: dir.to_owned(), from, to }));
        }
    }
    out.sort_by(|a, b| (&a.dir, &a.from, &a.to).cmp(&(&b.dir, &b.from, &b.to)));
    out
}

fn blocks(text: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut open: Option<(Option<String>, Option<String>)> = None;
    for line in text.lines() {
        let line = line.split(['#']).next().unwrap_or(line).trim();
        match &mut open {
            None => {
                if line.strip_prefix("moved").is_some_and(|rest| rest.trim() == "{") {
                    open = Some((None, None));
                }
            }
            Some((from, to)) => {
                let value = |name: &str| {
                    let rest = line.strip_prefix(name)?.trim_start().strip_prefix('=')?;
                    Some(rest.trim().to_owned())
                };
                *from = value("from").or_else(|| from.take());
                *to = value("to").or_else(|| to.take());
                if line.ends_with('}')
                    && let Some((Some(from), Some(to))) = open.take()
                {
                    out.push((from, to));
                }
            }
        }
    }
    out
}

/// Where an address of a root module (its directory) leads, after all moves that follow from each other.
pub(super) fn follow(moves: &[Move], scope: &str, address: &str) -> Option<String> {
    let mut current = address.to_owned();
    // A chain of renames is as long as there are moves.
    for _ in 0..moves.len() {
        match moves.iter().find_map(|one| one.apply(scope, &current)) {
            Some(next) if next != current => current = next,
            _ => break,
        }
    }
    (current != address).then_some(current)
}

impl Move {
    fn apply(&self, scope: &str, address: &str) -> Option<String> {
        address.match_indices(&self.from).find_map(|(at, _)| {
            let (before, rest) = (address.get(..at)?, address.get(at + self.from.len()..)?);
            let ends = rest.is_empty() || rest.starts_with(['.', '[']);
            // What a called module says holds below its calls.
            let begins = if before.is_empty() { self.dir == scope } else { before.ends_with('.') && self.dir != scope };
            (begins && ends).then(|| format!("{before}{}{rest}", self.to))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_follow_moves() {
        let sources = SourceMap::new();
        sources.add("main.tf", "moved {\n  from = aws_a.b # once\n  to   = module.m.aws_a.c\n}\nmoved {\n  from = module.m\n  to = module.n[\"x\"]\n}\n");
        sources.add("mod/main.tf", "moved {\n  from = aws_a.x\n  to   = aws_a.y[0]\n}\n");
        let moves = moves(&sources);
        assert_eq!(moves.len(), 3);
        let at = |address: &str| follow(&moves, "", address);
        assert_eq!(at("aws_a.b[1]").as_deref(), Some("module.n[\"x\"].aws_a.c[1]"));
        assert_eq!(at("module.z.aws_a.x").as_deref(), Some("module.z.aws_a.y[0]"));
        assert_eq!(at("aws_a.bc"), None);
        assert_eq!(at("aws_a.x"), None, "said of another module");
    }
}
