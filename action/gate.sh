#!/usr/bin/env bash
# The outcome of the scan, after everything was shown.
set -euo pipefail

case ${EXIT_CODE:-} in
  0 | 1 | 2 | 3) exit "$EXIT_CODE" ;;
  *)
    printf '::error title=stanchion::%s\n' 'the scan ended without a known outcome; its log says more'
    exit 2
    ;;
esac
