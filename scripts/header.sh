#!/usr/bin/env bash
# Generates include/sidewatch.h from ffi/src; with --check, fails if the two differ.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

made=$(mktemp)
trap 'rm -f "$made"' EXIT
cbindgen --quiet --config "$root/ffi/cbindgen.toml" --output "$made" "$root/ffi"
if [[ ${1:-} == --check ]]; then
  diff -u "$root/include/sidewatch.h" "$made" || die "include/sidewatch.h is not what ffi/src says: run 'make header'"
else
  install -m 644 "$made" "$root/include/sidewatch.h"
  say "wrote include/sidewatch.h"
fi
