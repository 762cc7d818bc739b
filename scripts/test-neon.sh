#!/usr/bin/env bash
# Tests the vectors of AArch64 (NEON) on a machine of another kind: the unit tests of the core and its cases of detection, built for AArch64,
# linked statically by the linker that Rust brings along, and run by qemu. On AArch64 itself the other tests have done so.
# Skipped, and said so, where qemu or Rust's standard library for AArch64 cannot be had.
set -euo pipefail
source "$(dirname "$0")/lib.sh"
cd "$root"
target=aarch64-unknown-linux-musl

skip() { warn "NEON is not tested: $*"; exit 0; }

[[ $(uname -m) != aarch64 ]] || skip "this machine has it, and the other tests have used it"
scripts/setup.sh test-neon || skip "no qemu"
installed() { [[ -d "$(rustc --print sysroot)/lib/rustlib/$target/lib" ]]; }
installed || { have rustup && rustup --quiet target add "$target"; } || true
installed || skip "no standard library of Rust for $target"

export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER=rust-lld
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_RUNNER=qemu-aarch64-static
${CARGO:-cargo} test --package sidewatch --target "$target" --lib --test detect_cases --locked --quiet
