#!/usr/bin/env bash
# Installs what is missing: setup.sh test|demo|check|deploy|deb|test-deb|test-neon|bench-nginx|profile. Debian packages need root (or sudo without a password); the Python
# environment lies in .venv, Rust tools go where cargo puts them. What is there is left as it is.
set -euo pipefail
source "$(dirname "$0")/lib.sh"
what=${1:-test}

# Debian packages, as `command or file : package`.
common=(cc:gcc make:make pkg-config:pkg-config git:git)
nginx=(/usr/sbin/nginx:nginx /usr/share/nginx/src/configure:nginx-dev /usr/include/pcre2.h:libpcre2-dev /usr/include/zlib.h:zlib1g-dev)
test=(valgrind:valgrind curl:curl h2load:nghttp2-client cmake:cmake c++:g++ wrk:wrk
  slowhttptest:slowhttptest /usr/sbin/rsyslogd:rsyslog)
deploy=(haproxy:haproxy tcpdump:tcpdump ip:iproute2 /usr/sbin/logrotate:logrotate systemd-analyze:systemd curl:curl)
deb=(dpkg-buildpackage:dpkg-dev dh:debhelper fakeroot:fakeroot g++:g++)
test_deb=(lintian:lintian mmdebstrap:mmdebstrap systemd-nspawn:systemd-container)
test_neon=(qemu-aarch64-static:qemu-user-static)
bench_nginx=(wrk:wrk /usr/lib/nginx/modules/ngx_http_modsecurity_module.so:libnginx-mod-http-modsecurity
  /usr/share/modsecurity-crs/rules:modsecurity-crs)
profile=("llvm-profdata-${LLVM:-}:llvm-${LLVM:-}")
demo=(curl:curl sqlmap:sqlmap ffuf:ffuf tcpdump:tcpdump)

missing_packages() {
  local entry path package
  for entry in "$@"; do
    path=${entry%%:*} package=${entry#*:}
    if [[ $path == /* ]]; then [[ -e $path ]] || echo "$package"; else have "$path" || echo "$package"; fi
  done
}

install_packages() {
  local list
  mapfile -t list < <(missing_packages "$@" | sort -u)
  ((${#list[@]})) || return 0
  local sudo=()
  if ((EUID != 0)); then
    if have sudo && sudo -n true 2>/dev/null; then sudo=(sudo -n); else
      warn "missing Debian packages, and no root to install them: apt-get install ${list[*]}"
      return 1
    fi
  fi
  have apt-get || { warn "missing packages, and no apt-get to install them: ${list[*]}"; return 1; }
  say "installing ${list[*]}"
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq update
  # Nothing may start by itself: the demo and the tests start their own servers.
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
    apt-get -qq install -y --no-install-recommends "${list[@]}" >/dev/null
}

python_environment() {
  local python
  for python in python3 python3.13 python3.12 python3.11 python3.10; do
    have "$python" && "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' && break
    python=
  done
  [[ -n $python ]] || die "Python 3.10 or newer is needed"
  if [[ ! -x $venv/bin/python ]]; then
    say "making the Python environment .venv"
    "$python" -m venv "$venv" 2>/dev/null || { install_packages /nowhere:python3-venv && "$python" -m venv "$venv"; }
  fi
  local wanted installed
  for wanted in python/requirements-dev.txt "$@"; do
    installed=$venv/installed-${wanted//\//-}
    if ! cmp -s "$root/$wanted" "$installed"; then
      say "installing Python packages into .venv ($wanted)"
      "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$root/$wanted"
      cp "$root/$wanted" "$installed"
    fi
  done
}

rust_tool() { # name version
  if ! { have "$1" && "${@:3}" 2>/dev/null | grep -qF "$2"; }; then
    say "installing $1 $2 (cargo)"
    cargo install --quiet --locked "$1@$2"
  fi
}

have cargo || die "Rust is needed: https://rustup.rs"
case $what in
  test)
    install_packages "${common[@]}" "${nginx[@]}" "${test[@]}" || die "install them and run 'make test' again"
    python_environment modules/envoy/tests/requirements.txt
    ;;
  demo)
    install_packages "${common[@]}" "${nginx[@]}" "${demo[@]}" || exit 3 # the offline half goes on without them
    ;;
  deploy)
    install_packages "${deploy[@]}" || die "install them and run 'make test-deploy' again"
    python_environment deploy/tests/requirements.txt
    ;;
  deb)
    install_packages "${nginx[@]}" "${deb[@]}" || die "install them and run 'make deb' again"
    ;;
  test-deb)
    install_packages "${test_deb[@]}" || die "install them and run 'make test-deb' again"
    ;;
  test-neon)
    install_packages "${test_neon[@]}"
    ;;
  bench-nginx)
    install_packages "${bench_nginx[@]}" || true # the others are measured without ModSecurity
    ;;
  profile)
    install_packages "${profile[@]}"
    ;;
  python)
    python_environment
    ;;
  check)
    rust_tool cbindgen 0.29.4 cbindgen --version
    rust_tool cargo-deny 0.20.2 cargo-deny --version
    ;;
  *) die "setup.sh test|demo|python|check|deploy|deb|test-deb|test-neon|bench-nginx|profile, not '$what'" ;;
esac
