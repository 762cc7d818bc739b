#!/usr/bin/env bash
# The C ABI from C: the example and the tests build with plain cc against the header and both libraries, and run under
# valgrind and AddressSanitizer without a leak or an error; the shared library exports the API and nothing else; the examples
# of the guide compile and run.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

"$root/scripts/build.sh" lib
lib=$root/target/release out=$build/c
mkdir -p "$out"
flags=(-std=c99 -D_POSIX_C_SOURCE=200809L -O1 -g -Wall -Wextra -Wpedantic -Werror "-I$root/include")
programs=()
for source in "$root"/ffi/tests/c/{abi,connection,facts,reload}.c "$root/ffi/examples/inspect.c"; do
  name=$(basename "$source" .c)
  cc "${flags[@]}" "$source" "$lib/libsidewatch.a" -lpthread -ldl -lm -o "$out/$name-static"
  cc "${flags[@]}" "$source" "-L$lib" -lsidewatch -lpthread -o "$out/$name-shared"
  programs+=("$name-static" "$name-shared")
done
# A compiler lays out the structures as ffi/abi.txt says.
awk -F '[ .]' '
  BEGIN { print "#include <sidewatch.h>\n#define HOLDS(condition) extern char holds[(condition) ? 1 : -1]" }
  $1 == "structure" { print "HOLDS(sizeof(" $2 ") == " $3 ");" }
  $1 == "growing" { print "HOLDS(sizeof(" $2 ") >= " $3 ");" }
  $1 == "member" { print "HOLDS(offsetof(" $2 ", " $3 ") == " $4 " && sizeof(((" $2 " *)0)->" $3 ") == " $5 ");" }
  $1 == "constant" && $2 != "SIDEWATCH_ABI_VERSION" { print "HOLDS(" $2 " == (" $3 "));" }
' "$root/ffi/abi.txt" >"$out/layout.c"
(($(grep -c HOLDS "$out/layout.c") > 50)) || die "ffi/abi.txt is not read"
cc "${flags[@]}" -c "$out/layout.c" -o "$out/layout.o" || die "the compiler lays out other structures than ffi/abi.txt says"
# The examples of the guide: a whole program runs, parts of one compile.
rm -f "$out"/guide-*
awk -v out="$out/guide-" '
  /^```c$/ { n++; inside = 1; file = out FILENAME_TAG n ".c"; next }
  /^```$/ { if (inside) close(file); inside = 0 }
  FNR == 1 { split(FILENAME, path, "/"); tag = path[length(path)]; sub(/\.md$/, "-", tag); FILENAME_TAG = tag }
  inside { print > file }
' "$root/docs/embedding.md" "$root/docs/abi.md"
for part in "$out"/guide-*.c; do
  if grep -q '^int main' "$part"; then
    cc "${flags[@]}" "$part" "$lib/libsidewatch.a" -lpthread -ldl -lm -o "$out/guide-program"
    continue
  fi
  { echo '#include "guide.h"'
    if grep -q '^static ' "$part"; then cat "$part"; else echo 'void part(void) {'; cat "$part"; echo '}'; fi; } >"$part.c"
  cc "${flags[@]}" -Wno-unused "-I$root/ffi/tests/c" -c "$part.c" -o "$part.o" || die "docs/: $(basename "$part") does not compile"
done
(($(ls "$out"/guide-*.o | wc -l) >= 6)) || die "the examples of docs/embedding.md are not read"
printf "GET /?id=1'+union+select+a,b+from+c-- HTTP/1.1\r\nHost: a\r\n\r\n" >"$out/guide-attack"
printf 'GET /?id=1 HTTP/1.1\r\nHost: a\r\n\r\n' >"$out/guide-benign"
printf '[limits]\nfindings = 0\n' >"$out/guide-bad.toml"
: >"$out/guide-good.toml"
"$out/guide-program" "$out/guide-good.toml" "$out/guide-benign" "$out/guide-attack" >"$out/guide-out" 2>&1
grep -q '"classes":\["sqli"\]' "$out/guide-out" || { cat "$out/guide-out"; die "the guide's program finds nothing"; }
grep -q '^2 requests, 1 attacks' "$out/guide-out" || { cat "$out/guide-out"; die "the guide's program miscounts"; }
! "$out/guide-program" "$out/guide-bad.toml" >"$out/guide-out" 2>&1 || die "the guide's program takes a bad policy"
grep -q 'guide-bad.toml line 2, column 12: ' "$out/guide-out" || { cat "$out/guide-out"; die "no place in a bad policy"; }
say "guide: its examples compile, its program runs"

"$root/scripts/build.sh" faults
cc "${flags[@]}" "$root/ffi/tests/c/faults.c" "$build/faults/libsidewatch.a" -lpthread -ldl -lm -o "$out/faults-static"
programs+=(faults-static)
soname=$(readelf -d "$lib/libsidewatch.so" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')
ln -sf "$lib/libsidewatch.so" "$out/$soname"

exports=$(nm -D --defined-only "$lib/libsidewatch.so" | awk '{print $3}' | sort)
header=$(grep -oE 'sidewatch_[a-z_]+\(' "$root/include/sidewatch.h" | tr -d '(' | sort -u)
diff <(echo "$exports") <(echo "$header") || die "the shared library exports other names than the header declares"

cc "${flags[@]}" "$root/ffi/tests/c/mistake.c" "$lib/libsidewatch.a" -lpthread -ldl -lm -o "$out/mistake-static"

memcheck() {
  LD_LIBRARY_PATH=$out valgrind --quiet --leak-check=full --show-leak-kinds=all --errors-for-leak-kinds=all \
    --fair-sched=try --error-exitcode=9 "$@"
}
! memcheck "$out/mistake-static" >"$out/mistake.out" 2>&1 || die "valgrind does not see a text that is read after it was freed"
for name in "${programs[@]}"; do
  memcheck "$out/$name" >"$out/$name.out" || { cat "$out/$name.out"; die "$name failed"; }
  say "$name: $(tail -n 1 "$out/$name.out" | cut -c -100)"
done

# The same with AddressSanitizer in both halves: the library is built with it (a flag that the stable compiler has, but
# does not offer), and so are the programs.
host=$(rustc -vV | sed -n 's/^host: //p')
say "building libsidewatch with AddressSanitizer"
RUSTC_BOOTSTRAP=1 RUSTFLAGS="-Zsanitizer=address" cargo build --quiet --locked -p sidewatch-ffi --features faults \
  --manifest-path "$root/Cargo.toml" --target "$host" --target-dir "$root/target/asan"
for name in abi connection facts reload faults mistake; do
  cc "${flags[@]}" -DFAULTS -fsanitize=address,undefined -fno-sanitize-recover=all "$root/ffi/tests/c/$name.c" \
    "$root/target/asan/$host/debug/libsidewatch.a" -lpthread -ldl -lm -o "$out/$name-asan"
  [[ $name == mistake ]] && continue
  "$out/$name-asan" >"$out/$name-asan.out" 2>&1 || { cat "$out/$name-asan.out"; die "$name failed under AddressSanitizer"; }
  say "$name under AddressSanitizer: $(tail -n 1 "$out/$name-asan.out")"
done
! "$out/mistake-asan" >"$out/mistake.out" 2>&1 || die "AddressSanitizer does not see a text that is read after it was freed"
grep -q heap-use-after-free "$out/mistake.out" || { cat "$out/mistake.out"; die "AddressSanitizer fails for another reason"; }
