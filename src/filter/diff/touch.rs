//! Findings that given files have no part in.
//!
//! It does not know why these files were given.

use crate::model::{Report, SourceMap, Span, Status};

/// Marks findings whose place, related places and origins all lie elsewhere. What could not be looked at elsewhere becomes a notice.
pub fn mark_untouched(report: &mut Report, is_given: &dyn Fn(&str) -> bool) {
    let sources = report.sources.clone();
    let touches = |span: Span, sources: &SourceMap| is_given(&sources.path(span));
    for finding in report.findings.iter_mut().filter(|finding| finding.status == Status::Open) {
        let related = finding.related.iter().map(|related| related.span);
        if !std::iter::once(finding.span).chain(related).any(|span| touches(span, &sources)) {
            finding.status = Status::OutsideDiff;
        }
    }
    for problem in report.problems.iter_mut().filter(|problem| problem.incomplete) {
        let own = match problem.span {
            Some(span) => touches(span, &sources),
            // Without a place, it may be about anything.
            None => is_given(&problem.subject) || sources.find(&problem.subject).is_none(),
        };
        problem.incomplete = own;
    }
}
