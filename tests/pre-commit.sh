#!/usr/bin/env bash
# The hooks, run by pre-commit and prek from a clone of this repository.
#
#   tests/pre-commit.sh             with the binary that is built (target/debug or $STANCHION_BIN), nothing is installed
#   tests/pre-commit.sh --install   with the real `cargo install`; takes as long as a release build, for each of the two
#
# Needs git, python3 and the network (both tools come from PyPI); about a minute without --install. Not part of tests/run.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
real_home=$HOME
export HOME=$work/home GIT_CONFIG_GLOBAL=$work/gitconfig GIT_CONFIG_SYSTEM=/dev/null
export PRE_COMMIT_HOME=$work/pre-commit PREK_HOME=$work/prek PRE_COMMIT_COLOR=never NO_COLOR=1
mkdir -p "$HOME"
git config --global user.name Test
git config --global user.email test@example.com
git config --global init.defaultBranch main

language=rust
if [ "${1:-}" = --install ]; then
  export CARGO_HOME=${CARGO_HOME:-$real_home/.cargo} RUSTUP_HOME=${RUSTUP_HOME:-$real_home/.rustup}
else
  binary=${STANCHION_BIN:-$root/target/debug/stanchion}
  [ -x "$binary" ] || { echo "build it first: cargo build"; exit 1; }
  mkdir "$work/bin"
  ln -s "$binary" "$work/bin/stanchion"
  export PATH=$work/bin:$PATH
  language=system
fi

if [ -n "${HOOK_TOOLS:-}" ]; then
  export PATH=$HOOK_TOOLS:$PATH
else
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" --quiet install pre-commit prek
  export PATH=$work/venv/bin:$PATH
fi

# What is committed is what users get; the working tree stands in for the next commit.
git clone --quiet "$root" "$work/hooks"
(cd "$root" && git ls-files -z --cached --others --exclude-standard .pre-commit-hooks.yaml) |
  (cd "$root" && xargs -0 -I{} cp {} "$work/hooks/{}")
sed -i.bak "s/^  language: rust$/  language: $language/" "$work/hooks/.pre-commit-hooks.yaml"
git -C "$work/hooks" add -A
git -C "$work/hooks" commit --quiet --allow-empty -m hooks
rev=$(git -C "$work/hooks" rev-parse HEAD)

bucket() { printf 'resource "aws_s3_bucket_acl" "%s" {\n  bucket = "b"\n  acl    = "%s"\n}\n' "$1" "$2"; }

failures=0
# expect STATUS TEXT COMMAND...: the command ends so, and says so; '!TEXT' must not be said.
expect() {
  local status=$1 text=$2 got=0 out
  shift 2
  out=$("$@" 2>&1) || got=$?
  local ok=yes
  if [ "$got" != "$status" ]; then ok=no; fi
  case $text in
    !*) if grep -qF -- "${text#!}" <<<"$out"; then ok=no; fi ;;
    *) if ! grep -qF -- "$text" <<<"$out"; then ok=no; fi ;;
  esac
  if [ "$ok" = no ]; then
    failures=$((failures + 1))
    printf 'FAULT: %s\n  ends with %s instead of %s, or says otherwise than %s:\n%s\n' "$*" "$got" "$status" "$text" "$out"
  fi
}

for tool in pre-commit prek; do
  repo=$work/repo-$tool
  git init --quiet "$repo"
  cd "$repo"
  cat >.pre-commit-config.yaml <<YAML
repos:
- repo: $work/hooks
  rev: $rev
  hooks:
  - id: stanchion
  - id: stanchion-secrets
  - id: stanchion-policy-test
YAML
  if [ "$language" = rust ]; then
    # As users meet it: what the first run takes, and what stays on the disk.
    SECONDS=0
    "$tool" install-hooks
    printf '%s: installed in %s s, %s\n' "$tool" "$SECONDS" "$(du -sh "$work/$tool" | cut -f1)"
  fi
  mkdir -p a b many legacy
  bucket a private >a/main.tf
  bucket b public-read >b/main.tf
  git add -A
  git commit --quiet -m first

  # A clean file passes, and what is wrong elsewhere is not its business.
  bucket a2 private >a/more.tf
  git add a/more.tf
  expect 0 '!aws-s3-public-acl' "$tool" run stanchion

  # What is staged counts, not what lies in the working directory.
  bucket a2 public-read >a/more.tf
  git add a/more.tf
  bucket a2 private >a/more.tf
  expect 1 aws-s3-public-acl "$tool" run stanchion --files a/more.tf
  git add a/more.tf
  bucket a2 public-read >a/more.tf
  expect 0 '!aws-s3-public-acl' "$tool" run stanchion --files a/more.tf
  git checkout --quiet a/more.tf

  # Files that pre-commit has no type for.
  bucket t public-read >a/extra.tofu
  printf 'FROM alpine:latest\n' >a/app.dockerfile
  git add -A
  expect 1 a/extra.tofu "$tool" run stanchion
  expect 1 a/app.dockerfile "$tool" run stanchion
  git rm --quiet --force a/extra.tofu a/app.dockerfile

  # Exclusions hold for files that are given by name, too.
  printf 'exclude = ["legacy/**"]\n' >stanchion.toml
  bucket old public-read >legacy/main.tf
  git add -A
  expect 0 '!aws-s3-public-acl' "$tool" run stanchion --files legacy/main.tf
  git commit --quiet --no-verify -m more

  # Five hundred files at once, one of them bad.
  for i in $(seq 500); do
    mkdir -p "many/m$i"
    bucket x private >"many/m$i/main.tf"
  done
  bucket x public-read >many/m250/main.tf
  git add -A
  expect 1 many/m250/main.tf "$tool" run stanchion
  expect 0 '!many/m251/main.tf' "$tool" run stanchion --files many/m251/main.tf
  git commit --quiet --no-verify -m many

  # Secrets only: the key that the documentation of AWS shows.
  mkdir s
  printf 'provider "aws" {\n  access_key = "AKIA%s"\n  secret_key = "%s"\n}\n' IOSFODNN7EXAMPLX wJalrXUtnFEMIK7MDENGbPxRfiCYzzzzzzzzzzzz >s/main.tf
  bucket s public-read >>s/main.tf
  git add -A
  expect 1 secret "$tool" run stanchion-secrets
  expect 1 '!aws-s3-public-acl' "$tool" run stanchion-secrets
  git reset --quiet --hard

  # Policies are tried when they or their fixtures change.
  mkdir -p rules/fixtures/acme-name/{bad,good}
  cat >rules/name.rego <<'REGO'
# METADATA
# title: The queue has a bad name
# custom:
#   id: acme-name
#   severity: low
#   resource_types: [aws_sqs_queue]
package acme.name

deny contains {"path": ["name"], "message": "the name is bad"} if input.config.name == "bad"
REGO
  printf 'resource "aws_sqs_queue" "q" {\n  name = "bad" # expect: acme-name\n}\n' >rules/fixtures/acme-name/bad/main.tf
  printf 'resource "aws_sqs_queue" "q" {\n  name = "q"\n}\n' >rules/fixtures/acme-name/good/main.tf
  git add -A
  expect 0 '' "$tool" run stanchion-policy-test
  printf 'resource "aws_sqs_queue" "q" {\n  name = "bad"\n}\n' >rules/fixtures/acme-name/good/main.tf
  git add -A
  expect 1 'acme-name/good: main.tf:2: there is a finding' "$tool" run stanchion-policy-test
  printf '%s: done\n' "$tool"
done
if [ "$failures" -gt 0 ]; then echo "$failures faults"; exit 1; fi
echo "all as expected"
