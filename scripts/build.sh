#!/usr/bin/env bash
# Builds into build/: build.sh [lib] [nginx] [python], all three by default; build.sh faults builds the library that panics
# on demand, for tests of hosts, into build/faults (ffi/src/fault.rs).
set -euo pipefail
source "$(dirname "$0")/lib.sh"
(($#)) || set -- lib nginx python
mkdir -p "$build"

build_lib() {
  say "building libsidewatch"
  cargo build --quiet --release --locked -p sidewatch-ffi --manifest-path "$root/Cargo.toml"
}

build_faults() {
  say "building libsidewatch with faults"
  cargo build --quiet --locked -p sidewatch-ffi --features faults --manifest-path "$root/Cargo.toml"
  mkdir -p "$build/faults"
  install -m 755 "$root/target/debug/libsidewatch.so" "$root/target/debug/libsidewatch.a" "$build/faults"
}

build_nginx() {
  build_lib
  "$root/modules/nginx/build.sh" "$build/nginx"
}

build_python() {
  # Rebuilt only if a source is newer than the last build: pip cannot tell.
  local stamp=$venv/sidewatch-built
  if [[ -e $stamp ]] && ! find "$root/core" "$root/capture" "$root/python" "$root/Cargo.lock" -newer "$stamp" \
    \( -name '*.rs' -o -name '*.py' -o -name '*.pyi' -o -name '*.toml' -o -name Cargo.lock \) -print -quit | grep -q .; then
    return
  fi
  say "building the Python package"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$root/python"
  touch "$stamp"
}

for part in "$@"; do
  case $part in
    lib) build_lib ;;
    faults) build_faults ;;
    nginx) build_nginx ;;
    python) build_python ;;
    *) die "build.sh [lib] [faults] [nginx] [python], not '$part'" ;;
  esac
done
