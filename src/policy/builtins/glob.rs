//! Wildcards as AWS policies and policy ids use them: `*` is any run of characters, `?` any one.

/// True when the whole text matches. Letter case counts.
pub(crate) fn glob_match(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    // Where to go on after a mismatch: behind the last star, one character later in the text.
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                retry = Some((p + 1, t));
                p += 1;
            }
            Some(c) if *c == '?' || text.get(t) == Some(c) => {
                p += 1;
                t += 1;
            }
            _ => match retry {
                Some((after_star, from)) => {
                    p = after_star;
                    t = from + 1;
                    retry = Some((after_star, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|c| *c == '*'))
}

#[cfg(test)]
mod tests {
    use super::glob_match;

    #[test]
    fn stars_match_any_run_and_question_marks_one_character() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("aws_s3_*", "aws_s3_bucket", true),
            ("aws_s3_*", "aws_ec2", false),
            ("s3:Get*Acl", "s3:GetBucketAcl", true),
            ("s3:Get?cl", "s3:GetAcl", true),
            ("*a*b", "xaxxbxb", true),
            ("a", "A", false),
            ("", "x", false),
        ] {
            assert_eq!(glob_match(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn many_stars_stay_fast() {
        assert!(!glob_match(&"*a".repeat(200), &"a".repeat(199)));
    }
}
