#!/usr/bin/env bash
# Makes a profile for the compiler, target/profile/sidewatch.profdata: how often each branch is taken and each function called when the C
# library judges everyday traffic (benches/peers/src/train.rs). What is built with it takes less time (docs/performance.md); the last line
# tells how. Make it on a processor with the vectors of those it is for. Needs llvm-profdata of the LLVM that rustc has: rustup component add
# llvm-tools, or a package llvm-N, which is installed where it can be. Exit status: 0 made, 3 there is no such tool, others failed.
set -euo pipefail
source "$(dirname "$0")/lib.sh"
cd "$root"
profile=$root/target/profile raw=$root/target/profile/raw

# The tool of the same LLVM as rustc's: others cannot read what the compiler's counters write.
llvm=$(rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
merger() {
  local tool
  for tool in "$(rustc --print sysroot)"/lib/rustlib/*/bin/llvm-profdata "llvm-profdata-$llvm" llvm-profdata; do
    if have "$tool" && "$tool" merge --version 2>/dev/null | grep -q "LLVM version $llvm\."; then
      echo "$tool"
      return
    fi
  done
  return 1
}
tool=$(merger) || { LLVM=$llvm scripts/setup.sh profile && tool=$(merger); } || {
  warn "no llvm-profdata of LLVM $llvm, which rustc has: rustup component add llvm-tools, or apt-get install llvm-$llvm"
  exit 3
}

say "building the library with counters, and what drives it"
RUSTFLAGS="-Cprofile-generate=$raw" CARGO_TARGET_DIR=$profile/build \
  ${CARGO:-cargo} build --quiet --release --locked -p sidewatch-ffi
${CARGO:-cargo} build --quiet --release --locked -p sidewatch-bench-peers
# Build scripts have counted, too.
rm -rf "$raw"
train=(target/release/bench-peers --train --library "$profile/build/release/libsidewatch.so")
say "judging the traffic"
"${train[@]}"
# valgrind's processor has AVX2 and no more: what is never run the compiler takes for what hardly ever is, and makes it small instead of quick.
if grep -q avx512_vbmi2 /proc/cpuinfo 2>/dev/null; then
  if have valgrind; then
    say "judging it as a processor with AVX2 alone would"
    valgrind --tool=none -q "${train[@]}"
  else
    warn "no valgrind: processors without AVX-512 gain less from this profile"
  fi
fi
"$tool" merge --output "$profile/sidewatch.profdata" "$raw"
rm -rf "$raw" "$profile/named"
say "written. To have everything built with it (make build, install, deb):"
echo "export SIDEWATCH_PROFILE='$profile/sidewatch.profdata'"
