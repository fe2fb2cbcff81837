//! Takes Amazon Resource Names apart.

/// `arn:partition:service:region:account:resource`; `None` when it is not one. The resource may hold further colons.
pub(super) fn parse(text: &str) -> Option<[(&'static str, &str); 5]> {
    let rest = text.strip_prefix("arn:")?;
    let mut parts = rest.splitn(5, ':');
    let mut next = |key| Some((key, parts.next()?));
    Some([next("partition")?, next("service")?, next("region")?, next("account")?, next("resource")?])
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn the_resource_part_keeps_its_colons() {
        let parts = parse("arn:aws:logs:eu-west-1:123456789012:log-group:/a:*").unwrap();
        assert_eq!(parts[4], ("resource", "log-group:/a:*"));
        assert!(parse("arn:aws:s3").is_none());
        assert!(parse("*").is_none());
    }
}
