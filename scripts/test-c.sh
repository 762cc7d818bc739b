#!/usr/bin/env bash
# The C ABI from C: the example and the tests build with plain cc against the header and both libraries, and run under
# valgrind without a leak or an error; the shared library exports the API and nothing else.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

"$root/scripts/build.sh" lib
lib=$root/target/release out=$build/c
mkdir -p "$out"
flags=(-std=c99 -D_POSIX_C_SOURCE=200809L -O1 -g -Wall -Wextra -Wpedantic -Werror "-I$root/include")
programs=()
for source in "$root"/ffi/tests/c/{abi,connection,reload}.c "$root/ffi/examples/inspect.c"; do
  name=$(basename "$source" .c)
  cc "${flags[@]}" "$source" "$lib/libsidewatch.a" -lpthread -ldl -lm -o "$out/$name-static"
  cc "${flags[@]}" "$source" "-L$lib" -lsidewatch -lpthread -o "$out/$name-shared"
  programs+=("$name-static" "$name-shared")
done
"$root/scripts/build.sh" faults
cc "${flags[@]}" "$root/ffi/tests/c/faults.c" "$build/faults/libsidewatch.a" -lpthread -ldl -lm -o "$out/faults-static"
programs+=(faults-static)
soname=$(readelf -d "$lib/libsidewatch.so" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')
ln -sf "$lib/libsidewatch.so" "$out/$soname"

exports=$(nm -D --defined-only "$lib/libsidewatch.so" | awk '{print $3}' | sort)
header=$(grep -oE 'sidewatch_[a-z_]+\(' "$root/include/sidewatch.h" | tr -d '(' | sort -u)
diff <(echo "$exports") <(echo "$header") || die "the shared library exports other names than the header declares"

for name in "${programs[@]}"; do
  program=$out/$name
  LD_LIBRARY_PATH=$out valgrind --quiet --leak-check=full --show-leak-kinds=all --errors-for-leak-kinds=all \
    --error-exitcode=9 "$program" >"$program.out" || { cat "$program.out"; die "$name failed"; }
  say "$name: $(tail -n 1 "$program.out" | cut -c -100)"
done
