#!/usr/bin/env bash
# Tests that the library tells the same when it is built with a profile (make profile): every request of `make bench-peers` is flagged or not
# as without. Skipped, and said so, where no profile can be made.
set -euo pipefail
source "$(dirname "$0")/lib.sh"
cd "$root"
profile=$root/target/profile

scripts/profile.sh || { status=$?; ((status == 3)) || exit "$status"; warn "a profile is not tested"; exit 0; }
say "building the library with it"
RUSTFLAGS="-Cprofile-use=$profile/sidewatch.profdata" CARGO_TARGET_DIR=$profile/used \
  ${CARGO:-cargo} build --quiet --release --locked -p sidewatch-ffi
target/release/bench-peers --engines sidewatch --seconds 5 --library "$profile/used/release/libsidewatch.so" \
  --out "$profile/used.json" >/dev/null
flagged() { python3 -c 'import json, sys; print([(r["work"], r["flagged"]) for r in json.load(open(sys.argv[1]))])' "$1"; }
[[ $(flagged "$profile/used.json") == "$(flagged "$profile/training.json")" ]] || die "other requests are flagged with a profile"
say "with a profile the same is flagged"
