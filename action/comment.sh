#!/usr/bin/env bash
# Keeps one comment on the pull request: found by a hidden mark, changed in place, and made only when there is something to say.
set -euo pipefail

[ -s "${MARKDOWN:-}" ] || exit 0
[[ ${PULL_REQUEST:-} =~ ^[0-9]+$ ]] || exit 0
category=${INPUT_CATEGORY//[^A-Za-z0-9_.\/-]/-}
# Two hyphens would end the comment of HTML.
mark="<!-- stanchion:${category//--/-} -->"
body=$(mktemp "${RUNNER_TEMP:?}/stanchion-comment.XXXXXX")
{
  printf '%s\n' "$mark"
  # 65,536 characters are allowed; bytes are at least as many.
  head -c 64000 -- "$MARKDOWN" | if [ "$(wc -c <"$MARKDOWN")" -gt 64000 ]; then sed '$d'; else cat; fi
} >"$body"
known=$(gh api --paginate "repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments" \
  --jq ".[] | select(.user.type == \"Bot\" and (.body | startswith(\"$mark\"))) | .id" | head -n 1)
if [[ $known =~ ^[0-9]+$ ]]; then
  gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$known" --field "body=@$body"
elif [ "${NEW:-0}" != 0 ]; then
  gh api --silent --method POST "repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments" --field "body=@$body"
fi
