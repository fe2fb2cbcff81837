//! Patterns with `*`, which stands for any text.
//!
//! Addresses hold brackets and quotes, so nothing else is special. It does not know paths.

/// Whether the pattern matches the whole text.
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or("");
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut last: Option<&str> = None;
    for piece in pieces {
        if let Some(middle) = last.replace(piece) {
            let Some(at) = rest.find(middle) else { return false };
            rest = rest.get(at + middle.len()..).unwrap_or("");
        }
    }
    last.map_or(rest.is_empty(), |last| rest.ends_with(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_star_is_special() {
        assert!(matches("module.logs[\"eu\"].*", "module.logs[\"eu\"].aws_s3_bucket.this[0]"));
        assert!(matches("*", "") && matches("a*c", "abc") && matches("a*b*c", "a1b2b3c") && matches("a", "a"));
        assert!(matches("abc", "abc") && !matches("abc", "abcd"));
        assert!(!matches("a*c", "ab") && !matches("a", "ab") && !matches("a*b*c", "acb") && !matches("aa*aa", "aaa"));
    }
}
