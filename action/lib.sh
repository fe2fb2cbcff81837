# What the steps of the action share. Sourced, not run.
# shellcheck shell=bash

# Escapes a text for the data of a workflow command: nothing in it may end the command or begin another one.
escaped() {
  local text=$1
  text=${text//'%'/'%25'}
  text=${text//$'\r'/'%0D'}
  text=${text//$'\n'/'%0A'}
  printf '%s' "$text"
}

fail() {
  printf '::error title=stanchion::%s\n' "$(escaped "$1")"
  exit 2
}

# One of several words, or a failure that names them.
one_of() {
  local name=$1 value=$2 word
  shift 2
  for word in "$@"; do
    if [ "$value" = "$word" ]; then return 0; fi
  done
  fail "the input $name is '$value'; it has to be one of: $*"
}

# Sets an output. A value of several lines could set others, so there are none.
output() {
  local value=$2
  value=${value//$'\r'/ }
  printf '%s=%s\n' "$1" "${value//$'\n'/ }" >>"$GITHUB_OUTPUT"
}

# Prints a file that may hold texts of the scanned tree, so that no line of it is a workflow command.
print_inert() {
  local token
  token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  printf '::stop-commands::%s\n' "$token"
  cat -- "$1"
  printf '\n::%s::\n' "$token"
}
