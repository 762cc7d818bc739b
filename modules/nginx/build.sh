#!/usr/bin/env bash
# Builds ngx_http_sidewatch_module.so: build.sh [--nginx-source FOLDER] [--nginx PROGRAM] OUTPUT_FOLDER
#
#   --nginx-source FOLDER   unpacked source of the very version that will load the module; also NGINX_SOURCE in the environment.
#                           Without it /usr/share/nginx/src, which Debian's nginx-dev brings for Debian's nginx.
#   --nginx PROGRAM         the NGINX that will load it: a source of another version is refused, one built without --with-compat is
#                           matched flag by flag, and in the end it has to load the module. Without it, and without a source,
#                           /usr/sbin/nginx.
#
# Needs libsidewatch.a (cargo build --release -p sidewatch-ffi). Exit status 2 for wrong words, 1 if it cannot be built or loaded.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
fail() {
  echo "build.sh: $1" >&2
  exit "${2:-1}"
}
source=${NGINX_SOURCE:-} nginx= out=
while (($#)); do
  case $1 in
    -h | --help) sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit ;;
    --nginx-source) source=${2:?--nginx-source: a folder is expected}; shift ;;
    --nginx-source=*) source=${1#*=} ;;
    --nginx) nginx=${2:?--nginx: a program is expected}; shift ;;
    --nginx=*) nginx=${1#*=} ;;
    -*) fail "unknown option $1; build.sh --help lists them" 2 ;;
    *) [[ -z $out ]] || fail "one OUTPUT_FOLDER is expected, not also $1" 2; out=$1 ;;
  esac
  shift
done
[[ -n $out ]] || fail "usage: build.sh [--nginx-source FOLDER] [--nginx PROGRAM] OUTPUT_FOLDER" 2
[[ -n $source || -n $nginx || ! -x /usr/sbin/nginx ]] || nginx=/usr/sbin/nginx
source=${source:-/usr/share/nginx/src}
# SIDEWATCH_LIB: another build of the library than the released one.
export SIDEWATCH_LIB=${SIDEWATCH_LIB:-$root/target/release/libsidewatch.a}
lib=$SIDEWATCH_LIB
[[ -f $source/configure && -f $source/src/core/nginx.h ]] ||
  fail "no NGINX source at $source: install nginx-dev, or name the unpacked source with --nginx-source"
source=$(cd "$source" && pwd)
[[ -e $lib ]] || fail "no $lib: run 'cargo build --release -p sidewatch-ffi'"

# NGINX loads a module only if version and signature are its own; the signature is made of flags unless both have --with-compat.
flags=(--with-compat)
if [[ -n $nginx ]]; then
  described=$("$nginx" -V 2>&1) || fail "$nginx -V does not run: $described"
  runs=$(sed -n 's|^nginx version: [^/]*/\([^ ]*\).*|\1|p' <<<"$described")
  has=$(sed -n 's/^#define NGINX_VERSION  *"\(.*\)"/\1/p' "$source/src/core/nginx.h")
  [[ $runs == "$has" ]] || fail "$nginx is version $runs, but the source at $source is $has: a module loads only into the very
version it was built for. Name the source of $runs with --nginx-source."
  if [[ $described != *--with-compat* ]]; then
    echo "$nginx was built without --with-compat: building with its own flags" >&2
    # They are quoted for a shell; this is a program that is trusted to be run.
    eval "flags=($(sed -n 's/^configure arguments: *//p' <<<"$described"))"
  fi
fi

mkdir -p "$out"
out=$(cd "$out" && pwd)
# Configure again only if the module's list of files or NGINX's sources changed: it takes longer than the build.
stamp=$out/configured
state=$({ cat "$here/config" "$source/src/core/nginx.h" "$source/configure"; printf '%s\n' "$source" "${flags[@]}"; } | cksum)
if [[ ! -e $out/obj/Makefile || $(cat "$stamp" 2>/dev/null) != "$state" ]]; then
  # --exclude-libs keeps the symbols of the Rust library to the module: another module may bring its own.
  if ! (cd "$source" && SIDEWATCH_ROOT=$root bash ./configure "${flags[@]}" --add-dynamic-module="$here" \
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
if [[ -n $nginx ]]; then
  printf 'load_module %s;\npid %s;\nevents {}\n' "$module" "$out/load.pid" >"$out/load.conf"
  said=$("$nginx" -t -q -e stderr -c "$out/load.conf" 2>&1) || fail "$nginx does not load the module: $said"
fi
install -m 644 "$module" "$out/ngx_http_sidewatch_module.so"
echo "built $out/ngx_http_sidewatch_module.so"
