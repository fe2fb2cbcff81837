//! The `git` program, asked in ways that run nothing of the repository's own.
//!
//! No hooks, no file system monitor, no network. It does not know what the answers are for.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The program, for one repository.
#[derive(Clone, Debug)]
pub(super) struct Git {
    /// The top directory, absolute and without links.
    pub(super) root: PathBuf,
}

impl Git {
    pub(super) fn open(dir: &Path, flag: &str) -> Result<Self, String> {
        let output = command(dir).args(["rev-parse", "--show-toplevel"]).output();
        let output = output.map_err(|error| {
            format!("{flag} needs the program git, which cannot be started ({error}); install it or leave {flag} out")
        })?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let said = said.trim().trim_start_matches("fatal: ").lines().next().unwrap_or_default().to_owned();
            if said.contains("dubious ownership") {
                let dir = dir.display();
                return Err(format!(
                    "{flag} needs the repository, which belongs to somebody else; trust it with 'git config --global --add safe.directory {dir}'"
                ));
            }
            return Err(format!(
                "{flag} needs a git repository, and there is none here ({said}); run it inside a clone or leave {flag} out"
            ));
        }
        let root = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim_end_matches(['\n', '\r']));
        let root = root.canonicalize().unwrap_or(root);
        Ok(Self { root })
    }

    /// What a command prints; its complaint as an error.
    pub(super) fn output(&self, args: &[&str]) -> Result<Vec<u8>, String> {
        let output = command(&self.root).args(args).output();
        let output = output.map_err(|error| format!("git cannot be started: {error}; check that it is installed"))?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.trim().trim_start_matches("fatal: ").replace('\n', "; ");
        Err(format!("git {} fails: {said}; check the repository with 'git fsck'", args.first().unwrap_or(&"")))
    }

    /// The first line of what a command prints, if it succeeds and prints any.
    pub(super) fn line(&self, args: &[&str]) -> Option<String> {
        let output = self.output(args).ok()?;
        String::from_utf8_lossy(&output).lines().next().map(str::to_owned).filter(|line| !line.is_empty())
    }

    /// The commit that a name stands for.
    pub(super) fn commit(&self, name: &str) -> Option<String> {
        self.line(&["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{name}^{{commit}}")])
            .filter(|line| line.bytes().all(|byte| byte.is_ascii_hexdigit()))
    }

    /// A process that answers with the bytes of objects.
    pub(super) fn batch(&self) -> std::io::Result<std::process::Child> {
        command(&self.root)
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
    }
}

fn command(dir: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(dir)
        .args(["--no-optional-locks", "--no-pager", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"])
        .args(["-c", "protocol.allow=never", "-c", "core.quotePath=false"])
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .stdin(Stdio::null());
    command
}
