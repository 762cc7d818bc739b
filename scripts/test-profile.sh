#!/usr/bin/env bash
# Tests that the library tells the same when it is built with a profile (make profile): every request of `make bench-peers` is flagged or not
# as without. Skipped, and said so, where no profile can be made.
set -euo pipefail
source "$(dirname "$0")/lib.sh"
cd "$root"
profile=$root/target/profile

scripts/profile.sh || { status=$?; ((status == 3)) || exit "$status"; warn "a profile is not tested"; exit 0; }

# judge NAME LIBRARY: what is flagged of the traffic of the comparison
judge() {
  target/release/bench-peers --engines sidewatch --seconds 5 --library "$2" --out "$profile/$1.json" >/dev/null
  python3 -c 'import json, sys; print([(r["work"], r["flagged"]) for r in json.load(open(sys.argv[1]))])' "$profile/$1.json"
}

say "building the library without it, and with it"
${CARGO:-cargo} build --quiet --release --locked -p sidewatch-ffi
SIDEWATCH_PROFILE=$profile/sidewatch.profdata CARGO_TARGET_DIR=$profile/used \
  profiled "${CARGO:-cargo}" build --quiet --release --locked -p sidewatch-ffi
without=$(judge without target/release/libsidewatch.so) with=$(judge with "$profile/used/release/libsidewatch.so")
[[ $with == "$without" ]] || die "other requests are flagged with a profile: $with, not $without"
say "with a profile the same is flagged"
