#!/usr/bin/env bash
# Downloads one release, checks it against the table beside this file, and says where the program is.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=action/lib.sh
. "$here/lib.sh"

version=${INPUT_VERSION#v}
if ! [[ $version =~ ^[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}(-[0-9A-Za-z]{1,16}(\.[0-9A-Za-z]{1,16}){0,4})?$ ]]; then
  fail "the input version is '$INPUT_VERSION'; write it as 0.1.0"
fi
one_of verify-attestation "$INPUT_VERIFY_ATTESTATION" auto always never
case $INPUT_DOWNLOAD_BASE in
  https://*) protocol='=https' ;;
  http://127.0.0.1:*) protocol='=http' ;;
  *) fail "the input download-base is '$INPUT_DOWNLOAD_BASE'; it has to begin with https://" ;;
esac

case ${RUNNER_OS:-}-${RUNNER_ARCH:-} in
  Linux-X64) target=x86_64-unknown-linux-musl ;;
  Linux-ARM64) target=aarch64-unknown-linux-musl ;;
  macOS-X64) target=x86_64-apple-darwin ;;
  macOS-ARM64) target=aarch64-apple-darwin ;;
  Windows-X64) target=x86_64-pc-windows-msvc ;;
  *) fail "there is no release for ${RUNNER_OS:-?} on ${RUNNER_ARCH:-?}; there are Linux and macOS on X64 and ARM64, and Windows on X64" ;;
esac
archive=stanchion-$version-$target.tar.gz

# The table is part of the action at the commit that the workflow names, so whoever pins the action pins the program.
expected=$INPUT_CHECKSUM
if [ -z "$expected" ]; then
  while read -r sum name; do
    if [ "$name" = "$archive" ]; then expected=$sum; fi
  done <"${STANCHION_CHECKSUMS:-$here/checksums.txt}"
fi
if [ -z "$expected" ]; then
  fail "version $version is not in the table of this action; take a commit of the action that knows it, or give the input checksum with the SHA-256 of $archive"
fi
if ! [[ $expected =~ ^[0-9a-fA-F]{64}$ ]]; then
  fail "the checksum of $archive is no SHA-256: write 64 hexadecimal digits"
fi
expected=$(printf '%s' "$expected" | tr 'A-F' 'a-f')

folder=$(mktemp -d "${RUNNER_TEMP:?}/stanchion.XXXXXX")
url=${INPUT_DOWNLOAD_BASE%/}/v$version/$archive
if ! curl --fail --silent --show-error --location --proto "$protocol" --retry 3 --max-time 300 \
  --output "$folder/$archive" "$url"; then
  fail "$url cannot be downloaded; check the version and the network of the runner"
fi
if command -v sha256sum >/dev/null; then
  actual=$(sha256sum <"$folder/$archive")
else
  actual=$(shasum -a 256 <"$folder/$archive")
fi
actual=${actual%% *}
if [ "$actual" != "$expected" ]; then
  rm -rf -- "$folder"
  fail "$url is not the file it was: its SHA-256 is $actual, and $expected is expected; nothing of it was run"
fi

verify=$INPUT_VERIFY_ATTESTATION
if [ "$verify" = auto ]; then
  if command -v gh >/dev/null && [ -n "${GH_TOKEN:-}" ]; then verify=always; else verify=never; fi
fi
if [ "$verify" = always ]; then
  if ! gh attestation verify "$folder/$archive" --repo stanchion/stanchion >"$folder/attestation.log" 2>&1; then
    print_inert "$folder/attestation.log"
    fail "the build provenance of $archive could not be verified; 'verify-attestation: never' leaves it at the checksum"
  fi
fi

program=stanchion
if [ "$RUNNER_OS" = Windows ]; then program=stanchion.exe; fi
tar -xzf "$folder/$archive" -C "$folder" "$program"
rm -f -- "$folder/$archive"
said=$("$folder/$program" --version)
if [ "$said" != "stanchion $version" ]; then
  fail "$archive holds '$said' instead of version $version"
fi
output binary "$folder/$program"
output version "$version"
