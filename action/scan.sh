#!/usr/bin/env bash
# Runs one scan, writes its reports and outputs, and succeeds whatever was found: the last step of the action decides.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=action/lib.sh
. "$here/lib.sh"

one_of new-only "$INPUT_NEW_ONLY" auto true false
one_of upload-sarif "$INPUT_UPLOAD_SARIF" auto always never
one_of annotations "$INPUT_ANNOTATIONS" auto on off
one_of strict "$INPUT_STRICT" true false

case ${GITHUB_EVENT_NAME:-} in
  pull_request | pull_request_target | merge_group) is_change=true ;;
  *) is_change=false ;;
esac
reports=$(mktemp -d "${RUNNER_TEMP:?}/stanchion-reports.XXXXXX")

# The base of a change as this clone has it; without any, the name for which the scan says how to get it.
base() {
  local branch=${GITHUB_BASE_REF:-} name
  if [ "$INPUT_BASE_REF" != auto ]; then
    printf '%s' "$INPUT_BASE_REF"
    return
  fi
  for name in ${branch:+"refs/remotes/origin/$branch"} ${EVENT_BASE_SHA:+"$EVENT_BASE_SHA"}; do
    if git rev-parse --quiet --verify --end-of-options "$name^{commit}" >/dev/null 2>&1; then
      printf '%s' "$name"
      return
    fi
  done
  printf '%s' "${branch:+origin/$branch}${branch:-${EVENT_BASE_SHA:-HEAD}}"
}

arguments=(scan --no-progress)
arguments+=("--format=json=$reports/stanchion.json" "--format=sarif=$reports/stanchion.sarif")
arguments+=("--format=markdown=$reports/stanchion.md" "--summary-out=$reports/outputs")
case $INPUT_ANNOTATIONS-$is_change in
  on-* | auto-true) arguments+=(--format=github) ;;
  *) arguments+=(--format=text) ;;
esac
arguments+=("--fail-on=$INPUT_FAIL_ON" "--min-severity=$INPUT_MIN_SEVERITY")
if [ -n "$INPUT_CONFIG" ]; then arguments+=("--config=$INPUT_CONFIG"); fi
if [ "$INPUT_STRICT" = false ]; then arguments+=(--allow-incomplete); fi
while IFS= read -r line; do
  line=${line%$'\r'}
  if [ -n "$line" ]; then arguments+=("--policy=$line"); fi
done <<<"$INPUT_POLICIES"
case $INPUT_NEW_ONLY-$is_change in
  true-* | auto-true) arguments+=("--diff-base=$(base)") ;;
esac
while IFS= read -r line; do
  line=${line%$'\r'}
  if [ -n "$line" ]; then arguments+=("$line"); fi
done <<<"$INPUT_ARGS"
arguments+=(--)
while IFS= read -r line; do
  line=${line%$'\r'}
  if [ -n "$line" ]; then arguments+=("$line"); fi
done <<<"$INPUT_PATHS"

code=0
"$STANCHION" "${arguments[@]}" 2>"$reports/errors" || code=$?
if [ -s "$reports/errors" ]; then print_inert "$reports/errors"; fi
if [ "$code" = 2 ]; then
  printf '::error title=stanchion::%s\n' "$(escaped "$(head -c 4000 "$reports/errors")")"
  if grep -q 'git fetch' "$reports/errors"; then
    printf '::notice title=stanchion::%s\n' "the base of this change is not in the clone: give actions/checkout 'fetch-depth: 0'"
  fi
fi
rm -f -- "$reports/errors"

# A fork's token may not upload; annotations, summary and outcome need none.
upload=false
if [ -s "$reports/stanchion.sarif" ]; then
  case $INPUT_UPLOAD_SARIF in
    always) upload=true ;;
    auto)
      if [ -z "$EVENT_HEAD_REPOSITORY" ] || [ "$EVENT_HEAD_REPOSITORY" = "${GITHUB_REPOSITORY:-}" ]; then upload=true; fi
      ;;
  esac
fi

new='' fixed='' total='' highest='' incomplete=''
if [ -s "$reports/outputs" ]; then
  while IFS='=' read -r name value; do
    case $name in
      new) new=$value ;;
      fixed) fixed=$value ;;
      total) total=$value ;;
      highest) highest=$value ;;
      incomplete) incomplete=$value ;;
    esac
  done <"$reports/outputs"
  rm -f -- "$reports/outputs"
fi
output new "$new"
output fixed "$fixed"
output total "$total"
output highest "$highest"
output incomplete "$incomplete"
output exit-code "$code"
output upload "$upload"
output reports "$reports"
for kind in json sarif md; do
  name=$kind
  if [ "$kind" = md ]; then name=markdown; fi
  if [ -s "$reports/stanchion.$kind" ]; then output "$name" "$reports/stanchion.$kind"; else output "$name" ''; fi
done
