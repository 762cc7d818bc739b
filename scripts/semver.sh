#!/usr/bin/env bash
# Fails if the Rust API breaks what the last release promised: compares the crate with the last version tag in this
# branch's history. Without a tag there is nothing to keep yet, and it says so.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

tag=$(git -C "$root" describe --tags --match 'v[0-9]*' --abbrev=0 2>/dev/null) || {
  say "semver: no version tag in the history: no released API to keep"
  exit 0
}
wanted=0.51.0
# Installed only where there is something to compare with: it takes minutes to build.
if ! { have cargo-semver-checks && cargo semver-checks --version | grep -qF "$wanted"; }; then
  say "installing cargo-semver-checks $wanted (cargo)"
  cargo install --quiet --locked "cargo-semver-checks@$wanted"
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git -C "$root" archive "$tag" | tar -x -C "$work"
say "semver: the API against that of $tag"
cargo semver-checks --manifest-path "$root/core/Cargo.toml" --baseline-root "$work/core" -p sidewatch
