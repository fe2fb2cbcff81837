//! Identifiers of other scanners' checks, in all the ways they have been written over the years.
//!
//! It does not know policies.

/// Numbers that tfsec gave its checks before it named them, with the identifier of today.
const NUMBERS: [(&str, &str); 27] = [
    ("AWS001", "AWS-0092"),
    ("AWS002", "AWS-0089"),
    ("AWS004", "AWS-0054"),
    ("AWS005", "AWS-0053"),
    ("AWS006", "AWS-0107"),
    ("AWS007", "AWS-0104"),
    ("AWS008", "AWS-0107"),
    ("AWS009", "AWS-0104"),
    ("AWS010", "AWS-0047"),
    ("AWS012", "AWS-0009"),
    ("AWS014", "AWS-0008"),
    ("AWS015", "AWS-0096"),
    ("AWS016", "AWS-0095"),
    ("AWS017", "AWS-0088"),
    ("AWS018", "AWS-0099"),
    ("AWS019", "AWS-0065"),
    ("AWS020", "AWS-0012"),
    ("AWS021", "AWS-0013"),
    ("AWS073", "AWS-0091"),
    ("AWS074", "AWS-0086"),
    ("AWS075", "AWS-0093"),
    ("AWS076", "AWS-0087"),
    ("AWS077", "AWS-0090"),
    ("AWS079", "AWS-0028"),
    ("AWS095", "AWS-0098"),
    ("AWS098", "AWS-0094"),
    ("AWS099", "AWS-0057"),
];

/// Families whose numbers are written with and without a dash and leading zeros.
const LOOSE: [&str; 3] = ["KSV", "KCV", "DS"];

/// Whether a written identifier (or pattern with `*`) means the check of an alias.
pub(in super::super) fn is_same(written: &str, alias: &str) -> bool {
    let (written, alias) = (canonical(written), canonical(alias));
    match written.split_once('*') {
        Some((start, end)) => {
            alias.len() >= start.len() + end.len() && alias.starts_with(start) && alias.ends_with(end)
        }
        None => written == alias,
    }
}

/// Whether an identifier has the form of KICS: five groups, of which the last has twelve characters.
pub(in super::super) fn is_of_kics(id: &str) -> bool {
    let lengths: Vec<usize> = id.split('-').map(str::len).collect();
    matches!(lengths[..], [_, 4, 4, 4, 12])
}

/// How an identifier is listed.
pub(in super::super) fn known_name(id: &str) -> String {
    if is_of_kics(id) {
        return id.to_ascii_lowercase();
    }
    let upper = id.to_ascii_uppercase();
    let is_number = upper.starts_with("AVD-") || !upper.contains('-') || upper.ends_with(|c: char| c.is_ascii_digit());
    if is_number { upper } else { id.to_ascii_lowercase() }
}

/// `AVD-AWS-0088`, `AWS-0088` and `aws-0088` are one; so are `KSV017`, `KSV-0017` and `AVD-KSV-0017`.
fn canonical(id: &str) -> String {
    let upper = id.to_ascii_uppercase();
    let upper = upper.strip_prefix("AVD-").unwrap_or(&upper);
    if let Some((_, today)) = NUMBERS.iter().find(|(number, _)| *number == upper) {
        return (*today).to_owned();
    }
    for family in LOOSE {
        let number = upper.strip_prefix(family).map(|rest| rest.trim_start_matches('-'));
        if let Some(number) = number.and_then(|number| number.parse::<u32>().ok()) {
            return format!("{family}-{number:04}");
        }
    }
    // tfsec called its network checks after the service that Amazon documents them under.
    match upper.strip_prefix("AWS-VPC-") {
        Some(name) => format!("AWS-EC2-{name}"),
        None => upper.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_of_kics_are_known_by_their_form() {
        assert!(
            is_of_kics("38c5ee0d-7f22-4260-ab72-5073048df100") && is_of_kics("2c3d4ghwt-e5f6-7890-ab12-cd34ef567890")
        );
        assert!(!is_of_kics("AVD-AWS-0088") && !is_of_kics("aws-s3-no-public-access-with-acl"));
        assert_eq!(known_name("38C5EE0D-7f22-4260-ab72-5073048df100"), "38c5ee0d-7f22-4260-ab72-5073048df100");
    }

    #[test]
    fn one_check_has_many_names() {
        for written in ["AVD-AWS-0088", "AWS-0088", "avd-aws-0088", "AWS017"] {
            assert!(is_same(written, "AVD-AWS-0088"), "{written}");
        }
        assert!(is_same("KSV-0017", "KSV017") && is_same("AVD-KSV-0017", "KSV017") && is_same("DS-0002", "DS002"));
        assert!(is_same("aws-vpc-no-public-ingress-sgr", "aws-ec2-no-public-ingress-sgr"));
        assert!(is_same("aws-s3-*", "aws-s3-enable-versioning") && is_same("*", "CKV_AWS_1"));
        assert!(is_same("38C5EE0D-7f22-4260-ab72-5073048df100", "38c5ee0d-7f22-4260-ab72-5073048df100"));
        assert!(!is_same("AWS-0017", "AVD-AWS-0088") && !is_same("CKV_AWS_2", "CKV_AWS_20"));
    }
}
