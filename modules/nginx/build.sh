#!/usr/bin/env bash
# Builds ngx_http_sidewatch_module.so for the NGINX of this machine: build.sh OUTPUT_FOLDER
#
# Needs libsidewatch.a (cargo build --release -p sidewatch-ffi) and NGINX's sources of the very version that runs: Debian's
# nginx-dev brings them; for another NGINX set NGINX_SOURCE to its unpacked source.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
out=${1:?usage: build.sh OUTPUT_FOLDER}
source=${NGINX_SOURCE:-/usr/share/nginx/src}
lib=$root/target/release/libsidewatch.a
[[ -x $source/configure ]] || { echo "no NGINX source at $source: install nginx-dev or set NGINX_SOURCE" >&2; exit 1; }
[[ -e $lib ]] || { echo "no $lib: run 'cargo build --release -p sidewatch-ffi'" >&2; exit 1; }

mkdir -p "$out"
out=$(cd "$out" && pwd)
# Configure again only if the module's list of files or NGINX's sources changed: it takes longer than the build.
stamp=$out/configured
state=$(cat "$here/config" "$source/src/core/nginx.h" "$source/configure" | cksum)
if [[ ! -e $out/obj/Makefile || $(cat "$stamp" 2>/dev/null) != "$state" ]]; then
  # --exclude-libs keeps the symbols of the Rust library to the module: another module may bring its own.
  if ! (cd "$source" && SIDEWATCH_ROOT=$root bash ./configure --with-compat --add-dynamic-module="$here" \
    --builddir="$out/obj" --with-cc-opt="-O2 -g -fPIC -Wall -Wextra -Werror -Wno-unused-parameter" \
    --with-ld-opt="-Wl,-z,relro -Wl,-z,now -fPIC -Wl,--exclude-libs,ALL -Wl,--gc-sections") >"$out/configure.log" 2>&1; then
    cat "$out/configure.log" >&2
    exit 1
  fi
  echo "$state" >"$stamp"
fi
module=$out/obj/ngx_http_sidewatch_module.so
# NGINX's makefile does not know the library as a dependency.
[[ $lib -nt $module ]] && rm -f "$module"
if ! make -s -f "$out/obj/Makefile" -C "$source" modules >"$out/make.log" 2>&1; then
  cat "$out/make.log" >&2
  exit 1
fi
install -m 644 "$module" "$out/ngx_http_sidewatch_module.so"
echo "built $out/ngx_http_sidewatch_module.so"
