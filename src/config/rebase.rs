//! Globs written relative to the configuration file, made relative to the working directory.
//!
//! It does not know what a glob matches, only how its components line up with directories.

use std::path::{Component, Path};

/// The same glob as seen from `cwd`; `dir` is the file's directory, relative to `cwd` or absolute.
///
/// A glob without a slash, or one that begins with `**`, holds anywhere and stays as it is.
pub(super) fn glob(glob: &str, cwd: &Path, dir: &Path) -> String {
    let body = glob.strip_prefix('!').unwrap_or(glob);
    let anywhere = !body.trim_end_matches('/').contains('/') || body.starts_with("**");
    let dir = dir.strip_prefix(cwd).unwrap_or(dir);
    if anywhere || dir.as_os_str().is_empty() || dir.is_absolute() {
        return glob.to_owned();
    }
    let ups = dir.components().take_while(|component| *component == Component::ParentDir).count();
    let down: Vec<String> =
        dir.components().skip(ups).map(|component| component.as_os_str().to_string_lossy().into_owned()).collect();
    // The directories between the file and the working directory, outermost first: a glob that names them loses them.
    let names: Vec<String> = cwd.components().map(|c| c.as_os_str().to_string_lossy().into_owned()).collect();
    let between = names.get(names.len().saturating_sub(ups)..).unwrap_or_default();
    let parts: Vec<&str> = down.iter().map(|part| &**part).chain(body.trim_start_matches('/').split('/')).collect();
    let shared = between.iter().zip(&parts).take_while(|(name, part)| **part == "*" || *part == name).count();
    let mut out = vec![".."; between.len() - shared];
    out.extend(parts.get(shared..).unwrap_or_default());
    let sign = if body.len() < glob.len() { "!" } else { "" };
    format!("{sign}{}", out.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_follow_the_working_directory() {
        let cwd = Path::new("/repo/infra/prod");
        let seen = |text: &str, dir: &str| glob(text, cwd, Path::new(dir));
        assert_eq!(seen("generated/**", ""), "generated/**");
        assert_eq!(seen("infra/prod/generated/**", "../.."), "generated/**");
        assert_eq!(seen("infra/*/generated/**", "../.."), "generated/**");
        assert_eq!(seen("infra/test/**", "../.."), "../test/**");
        assert_eq!(seen("*.gen.tf", "../.."), "*.gen.tf");
        assert_eq!(seen("**/vendor/**", "../.."), "**/vendor/**");
        assert_eq!(seen("a/b", "ci"), "ci/a/b");
        assert_eq!(seen("a/b", "/repo/infra/prod/ci"), "ci/a/b");
        assert_eq!(seen("/a/b", "../.."), "../../a/b");
    }
}
