#!/usr/bin/env bash
# Adds the report to the job summary. More than 1 MiB would lose all of it, so what is too large is cut at a line and says so.
set -euo pipefail

limit=900000
if [ ! -s "${MARKDOWN:-}" ]; then
  printf '%s\n' '### Stanchion' '' 'The scan did not run; its log says why.' >>"$GITHUB_STEP_SUMMARY"
elif [ "$(wc -c <"$MARKDOWN")" -le "$limit" ]; then
  cat -- "$MARKDOWN" >>"$GITHUB_STEP_SUMMARY"
else
  head -c "$limit" -- "$MARKDOWN" | sed '$d' >>"$GITHUB_STEP_SUMMARY"
  printf '\n%s\n' 'The rest is too long for a summary; the JSON and SARIF reports have all of it.' >>"$GITHUB_STEP_SUMMARY"
fi
