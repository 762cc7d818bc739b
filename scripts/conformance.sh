#!/usr/bin/env bash
# One set of cases through every door: builds what is needed, plays the cases, prints the matrix. Arguments go to
# `python -m conformance` (--help tells them).
set -euo pipefail
source "$(dirname "$0")/lib.sh"

"$root/scripts/build.sh" nginx envoy python
cargo build --quiet --release --locked -p sidewatch-conformance --manifest-path "$root/Cargo.toml"
mkdir -p "$build/conformance"
cc -std=c99 -O1 -g -Wall -Wextra -Wpedantic -Werror "-I$root/include" "$root/conformance/c/play.c" \
  "$root/target/release/libsidewatch.a" -lpthread -ldl -lm -o "$build/conformance/play"
cd "$root"
exec "$venv/bin/python" -m conformance "$@"
