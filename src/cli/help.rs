//! What the help of a command says after its flags: where to start, examples, exit statuses.
//!
//! Texts only. They do not know the flags; a test reads every command in them.

/// What a newcomer needs; for `-h`.
pub(super) const START: &str =
    "Start with `stanchion scan` in a folder of Terraform, Kubernetes manifests or Dockerfiles; \
it needs no configuration and no network.
`stanchion COMMAND --help` has examples.";

pub(super) const START_LONG: &str =
    "Start with `stanchion scan` in a folder of Terraform, Kubernetes manifests or Dockerfiles; \
it needs no configuration and no network.

Environment variables:
  NO_COLOR, FORCE_COLOR, CLICOLOR, CLICOLOR_FORCE, TERM=dumb
                     whether there are colours, unless --color says so
  TF_VAR_NAME        the value of a Terraform variable, below all variable files
  SOURCE_DATE_EPOCH  seconds that stand in for the clock when suppressions end
  AWS_PROFILE, AWS_REGION, AWS_ACCESS_KEY_ID and so on
                     read by commands that ask AWS, as the AWS command line does; by no other

Files:
  stanchion.toml     settings, from the working directory upward to the repository's root

Exit status:
  0  no findings at or above --fail-on, and everything was looked at
  1  findings at or above --fail-on
  2  could not run: usage, configuration, a policy that does not load
  3  no such findings, but something could not be looked at (0 with --allow-incomplete)";

pub(super) const SCAN_HELP: &str = "Examples:
  stanchion scan                                  everything below the working directory
  stanchion scan infra --var-file prod.tfvars     one root module with its values
  stanchion scan plan.json                        a plan made by `terraform show -json`
  stanchion scan --diff-base main                 count only what is new since main
  stanchion scan --format json=report.json --format text
                                                  a file for programs, text for people
  stanchion scan --fail-on high                   show all, fail on critical and high ones

Exit status:
  0  no findings at or above --fail-on, and everything was looked at
  1  findings at or above --fail-on
  2  could not run: usage, configuration, a policy that does not load
  3  no such findings, but something could not be looked at (0 with --allow-incomplete)";

pub(super) const DRIFT_HELP: &str = "Examples:
  stanchion drift infra --state prod.tfstate               the account against its state, on the lines of the source
  stanchion drift --state states --snapshot account.jsonl  against what was read before, without AWS
  stanchion drift --plan plan.json                         what a plan found changed, without AWS
  stanchion drift ... --since last-night.json              only what is new, and what was fixed

Exit status:
  0  no findings at or above --fail-on, and everything was compared
  1  findings at or above --fail-on
  2  could not run: usage, configuration, a policy that does not load
  3  no such findings, but something could not be compared (0 with --allow-incomplete)";

pub(super) const LIVE_HELP: &str = "Examples:
  stanchion live --print-iam-policy               what the credentials have to allow
  stanchion live --region eu-central-1            one region of the account
  stanchion live --snapshot-out account.jsonl     keep what was read, without secrets
  stanchion live --snapshot account.jsonl         judge it again, without AWS

Exit status:
  0  no findings at or above --fail-on, and everything was looked at
  1  findings at or above --fail-on
  2  could not run: usage, configuration, a policy that does not load
  3  no such findings, but something could not be looked at (0 with --allow-incomplete)";

pub(super) const BASELINE_HELP: &str = "Examples:
  stanchion baseline create --reason \"before stanchion\"
  stanchion scan --baseline stanchion-baseline.toml
  stanchion baseline update                       drop what is fixed, renew places";

pub(super) const POLICY_HELP: &str = "Examples:
  stanchion policy list --family encryption
  stanchion policy explain aws-s3-public-acl
  stanchion policy test rules                     your own policies on their fixtures";

pub(super) const COMPLETIONS_HELP: &str = "Examples:
  stanchion completions bash > ~/.local/share/bash-completion/completions/stanchion
  stanchion completions zsh > ~/.zfunc/_stanchion
  stanchion completions fish > ~/.config/fish/completions/stanchion.fish
  stanchion completions nushell | save -f stanchion-completions.nu";

pub(super) const MAN_HELP: &str = "Examples:
  stanchion man | man -l -
  stanchion man policy list > stanchion-policy-list.1";

pub(super) const TEST_HELP: &str =
    "Fixtures are folders <policy-id>/<case>/ of files as `scan` judges them. A comment `# expect: <policy-id>` marks a
line that must hold a finding; alone on a line, it speaks of the next one. Cases called bad* mark findings, good*
have none, unknown* are undetermined.

Exit status:
  0  everything is as marked
  1  something is not
  2  could not run: usage, a policy that does not load";
