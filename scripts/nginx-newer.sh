#!/usr/bin/env bash
# Builds a newer NGINX than Debian's and the module for it: nginx-newer.sh [FOLDER], target/nginx-newer by default.
#
# The source is that of the crate nginx-src on crates.io, fetched by cargo; it is pinned here. FOLDER then has `nginx` and
# `module/ngx_http_sidewatch_module.so`; the tests take them by SIDEWATCH_NGINX and SIDEWATCH_NGINX_MODULE (make test-nginx-newer).
set -euo pipefail
source "$(dirname "$0")/lib.sh"
crate=1.28.5 # NGINX 1.28.3
out=${1:-$root/target/nginx-newer}
mkdir -p "$out/fetch/src"
out=$(cd "$out" && pwd)

printf '[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\nnginx-src = "=%s"\n[workspace]\n' \
  "$crate" >"$out/fetch/Cargo.toml"
: >"$out/fetch/src/lib.rs"
cargo fetch --quiet --manifest-path "$out/fetch/Cargo.toml"
manifest=$(cargo metadata --format-version 1 --manifest-path "$out/fetch/Cargo.toml" |
  python3 -c 'import json, sys; print(next(p["manifest_path"] for p in json.load(sys.stdin)["packages"] if p["name"] == "nginx-src"))')

# A copy: NGINX builds in its source, and cargo's is not to be changed.
if [[ ! -e $out/nginx || $(cat "$out/version" 2>/dev/null) != "$crate" ]]; then
  say "building NGINX of nginx-src $crate"
  rm -rf "$out/source"
  cp -r "$(dirname "$manifest")/nginx" "$out/source"
  # A release has it there.
  ln -sf auto/configure "$out/source/configure"
  (
    cd "$out/source"
    bash auto/configure --with-compat --builddir="$out/obj" --with-threads --with-file-aio --with-http_v2_module \
      --with-http_realip_module --with-http_addition_module --with-http_sub_module --with-http_gunzip_module \
      --with-http_gzip_static_module --with-http_auth_request_module --with-http_slice_module --with-http_dav_module \
      --with-http_stub_status_module --with-stream
    make -s -j"$(nproc)"
  ) >"$out/build.log" 2>&1 || { tail -n 20 "$out/build.log" >&2; die "NGINX cannot be built: $out/build.log"; }
  cp "$out/obj/nginx" "$out/nginx"
  echo "$crate" >"$out/version"
fi
NGINX_SOURCE=$out/source "$root/modules/nginx/build.sh" "$out/module"
"$out/nginx" -v
