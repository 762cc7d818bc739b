#!/usr/bin/env bash
# Builds into build/: build.sh [lib] [nginx] [nginx-faults] [envoy] [python], all by default. For tests of hosts there are libraries that
# panic on demand: faults (build/faults, ffi/src/fault.rs), nginx-faults and envoy-panic. SIDEWATCH_PROFILE=FILE builds what is released with
# a profile for the compiler (make profile).
set -euo pipefail
source "$(dirname "$0")/lib.sh"
(($#)) || set -- lib nginx envoy python
mkdir -p "$build"

build_lib() {
  say "building libsidewatch"
  profiled cargo build --quiet --release --locked -p sidewatch-ffi --manifest-path "$root/Cargo.toml"
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

build_envoy() {
  say "building the Envoy module"
  profiled cargo build --quiet --release --locked -p sidewatch-envoy --manifest-path "$root/Cargo.toml"
  install -D -m 644 "${CARGO_TARGET_DIR:-$root/target}/release/libsidewatch_envoy.so" "$build/envoy/libsidewatch_envoy.so"
}

# The module as it must never be deployed: a field of the request makes it panic.
build_envoy_panic() {
  cargo build --quiet --locked -p sidewatch-envoy --features panic-tests --manifest-path "$root/Cargo.toml"
  install -D -m 644 "${CARGO_TARGET_DIR:-$root/target}/debug/libsidewatch_envoy.so" \
    "$build/envoy-panic/libsidewatch_envoy.so"
}

build_python() {
  # Rebuilt only if a source is newer than the last build, or the profile another: pip cannot tell.
  local stamp=$venv/sidewatch-built profile=
  [[ -z ${SIDEWATCH_PROFILE:-} ]] || profile=$(sha256sum <"$SIDEWATCH_PROFILE")
  if [[ -e $stamp && $(<"$stamp") == "$profile" ]] && ! find "$root/core" "$root/capture" "$root/python" "$root/Cargo.lock" -newer "$stamp" \
    \( -name '*.rs' -o -name '*.py' -o -name '*.pyi' -o -name '*.toml' -o -name Cargo.lock \) -print -quit | grep -q .; then
    return
  fi
  say "building the Python package"
  profiled "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$root/python"
  echo "$profile" >"$stamp"
}

for part in "$@"; do
  case $part in
    lib) build_lib ;;
    faults) build_faults ;;
    nginx) build_nginx ;;
    nginx-faults) build_faults; SIDEWATCH_LIB=$build/faults/libsidewatch.a "$root/modules/nginx/build.sh" "$build/nginx-faults" ;;
    envoy) build_envoy ;;
    envoy-panic) build_envoy_panic ;;
    python) build_python ;;
    *) die "build.sh [lib] [faults] [nginx] [nginx-faults] [envoy] [envoy-panic] [python], not '$part'" ;;
  esac
done
