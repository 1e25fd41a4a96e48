#!/bin/sh
# Builds the library and the tests for other systems and runs what can run here. Ends with one table.
#
#     tests/cross/run.sh [TARGET...]
#
# Linux targets run natively or under qemu-user, Windows runs under Wine, macOS and FreeBSD are linked only (by zig). A
# target whose tools are missing is skipped, or fails if CI is set. `make deps CROSS=1` installs the tools.
set -u

cd "$(dirname "$0")/../.." || exit 1
out=${CARGO_TARGET_DIR:-$PWD/target}/cross
mkdir -p "$out/c"
# Debian's compiler for the web has the sources of the standard library, so that it can be built for any target.
export CARGO_TARGET_DIR="$out" RUSTC=/usr/bin/rustc CARGO=/usr/bin/cargo RUSTC_BOOTSTRAP=1
# Without debug information cargo would strip, for which macOS needs a tool of its own.
export CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_DEV_STRIP=false RUST_BACKTRACE=0
export WINEDEBUG=-all WINEPREFIX="$out/wine"
targets=${*:-aarch64-unknown-linux-gnu armv7-unknown-linux-gnueabihf i686-unknown-linux-gnu x86_64-unknown-linux-musl
    x86_64-pc-windows-gnu x86_64-apple-darwin aarch64-apple-darwin x86_64-unknown-freebsd aarch64-unknown-freebsd}
files='socket batch path_errors threads allocations'
table=$out/table
failed=
: >"$table"

row() { printf '%-29s %-9s %-28s %-30s %s\n' "$@" >>"$table"; }

have() {
    for tool in "$@"; do
        command -v "$tool" >/dev/null || [ -e "$tool" ] || { missing=$tool; return 1; }
    done
}

# How a target is linked (the C compiler, which is Rust's linker too) and run.
settings() {
    cc= runner= by= zig= flags= libs=-pthread library=-ludp end=
    case $1 in
    aarch64-unknown-linux-gnu) cc=aarch64-linux-gnu-gcc runner='qemu-aarch64-static -L /usr/aarch64-linux-gnu' by=qemu-user ;;
    armv7-unknown-linux-gnueabihf) cc=arm-linux-gnueabihf-gcc runner='qemu-arm-static -L /usr/arm-linux-gnueabihf' by=qemu-user ;;
    i686-unknown-linux-gnu)
        cc=i686-linux-gnu-gcc by='this machine'
        runner='/usr/i686-linux-gnu/lib/ld-linux.so.2 --library-path /usr/i686-linux-gnu/lib'
        ;;
    # A static musl has no shared libraries.
    x86_64-unknown-linux-musl) zig=x86_64-linux-musl flags=-Ctarget-feature=-crt-static by='this machine' ;;
    x86_64-pc-windows-gnu)
        cc=x86_64-w64-mingw32-gcc runner=wine by=Wine end=.exe
        libs='-include tests/cross/mingw.h -static -lpthread -lws2_32' library=-l:libudp.dll.a
        ;;
    x86_64-apple-darwin) zig=x86_64-macos ;;
    aarch64-apple-darwin) zig=aarch64-macos ;;
    x86_64-unknown-freebsd) zig=x86_64-freebsd ;;
    aarch64-unknown-freebsd) zig=aarch64-freebsd ;;
    *) echo "tests/cross/run.sh: unknown target $1"; exit 2 ;;
    esac
    variable=$(echo "$1" | tr 'a-z-' 'A-Z_')
    if [ -n "$zig" ]; then
        cargo=cargo-zigbuild cc="python3 -m ziglang cc -target $zig"
    else
        cargo=/usr/bin/cargo
        export "CARGO_TARGET_${variable}_LINKER=$cc"
    fi
    [ -z "$runner" ] || export "CARGO_TARGET_${variable}_RUNNER=$runner"
    have /usr/bin/rustc /usr/lib/rustlib/src/rust/library ${cc%% *} $cargo ${runner%% *}
}

# zig comes from PyPI.
if ! have cargo-zigbuild && python3 -c 'import venv' 2>/dev/null; then
    [ -e "$out/zig/bin/cargo-zigbuild" ] ||
        { python3 -m venv "$out/zig" && "$out/zig/bin/pip" install -q ziglang cargo-zigbuild; }
    PATH=$out/zig/bin:$PATH
fi

# Wine 8 has no bcryptprimitives.dll.
wine_prefix() {
    dll=$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll
    [ -e "$dll" ] && return
    wineboot -i >"$out/wineboot.log" 2>&1
    [ -e "$dll" ] || x86_64-w64-mingw32-gcc -shared -O1 -s tests/cross/bcryptprimitives.c -o "$dll" -ladvapi32
}

# The names of one kind in emulators.txt that cannot pass here.
skipped() {
    while read -r word kind name; do
        [ "$kind" = "$1" ] && grep -qx "$word" "$out/lacks.txt" && echo "$name"
    done <tests/cross/emulators.txt
}

# Compiles every C program, and runs those that can pass. Counts in c_ran and c_failed.
c_programs() {
    c_ran=0 c_failed=0 c_skipped=0
    deps=$out/$1/debug/deps
    if [ "$by" = Wine ]; then cp "$deps/udp.dll" "$out/c/"; else cp "$deps/libudp.so" "$out/c/libudp.so.0"; fi
    for source in tests/c/*.c; do
        name=$(basename "$source" .c)
        # These attack what an emulator does itself: fork, signals, pthread_cancel, stacks, dlclose.
        case $name in cancel | fork* | signal_handler | stack | unload) continue ;; esac
        # These use calls of POSIX beside the library's, or options that Windows lacks.
        case $by:$name in
        Wine:bad_input | Wine:control_truncated | Wine:interrupted | Wine:message | Wine:options) continue ;;
        Wine:path_errors | Wine:round_trip | Wine:shutdown | Wine:wait | Wine:wait_errors) continue ;;
        esac
        program=$out/c/$name$end
        if ! $cc -std=c11 -D_GNU_SOURCE -O1 -Iinclude "$source" -o "$program" -L"$deps" $library \
            $libs -Wl,-rpath,"$out/c" >"$out/c/$name.log" 2>&1; then
            c_failed=$((c_failed + 1)); echo "C $name: not compiled"; head -5 "$out/c/$name.log"; continue
        fi
        if skipped c | grep -qx "$name"; then c_skipped=$((c_skipped + 1)); continue; fi
        c_ran=$((c_ran + 1))
        if ! timeout 120 $runner "$program" </dev/null >>"$out/c/$name.log" 2>&1; then
            c_failed=$((c_failed + 1)); echo "C $name: failed"; tail -3 "$out/c/$name.log"
        fi
    done
}

check() {
    target=$1
    if ! settings "$target"; then
        echo "$target: $missing is missing"
        row "$target" skipped "$missing is missing: make deps" - -
        [ -z "${CI:-}" ] || failed="$failed $target"
        return
    fi
    log=$out/$target.log
    options="--locked -Zbuild-std=std,panic_unwind,test --target $target"
    tests=--lib
    for file in $files; do tests="$tests --test $file"; done
    export RUSTFLAGS=$flags
    # shellcheck disable=SC2086 # lists of words
    if ! timeout 600 $cargo test $options $tests --no-run >"$log" 2>&1; then
        tail -20 "$log"; row "$target" no - - -; failed="$failed $target"; return
    fi
    if [ -z "$by" ]; then
        c_linked=0
        for source in examples/*.c; do
            $cc -std=c11 -Iinclude "$source" -o "$out/c/example" -L"$out/$target/debug/deps" -ludp >>"$log" 2>&1 &&
                c_linked=$((c_linked + 1))
        done
        row "$target" yes 'linked, never run' "$c_linked examples linked" zig
        return
    fi
    [ "$by" != Wine ] || wine_prefix
    socket_library=; [ "$by" != Wine ] || socket_library=-lws2_32
    : >"$out/lacks.txt"
    $cc tests/cross/lacks.c -o "$out/c/lacks$end" $socket_library && timeout 60 $runner "$out/c/lacks$end" |
        tr -d '\r' >"$out/lacks.txt"
    # It is the emulator's memory that /proc shows.
    [ "$by" != qemu-user ] || echo memory >>"$out/lacks.txt"
    skip='' count=0
    for name in $(skipped rust); do skip="$skip --skip $name" count=$((count + 1)); done
    tests=--lib
    for file in $files; do
        skipped file | grep -qx "$file" || tests="$tests --test $file"
    done
    # shellcheck disable=SC2086
    timeout 600 $cargo test $options --no-fail-fast $tests -- $skip >>"$log" 2>&1 </dev/null || failed="$failed $target"
    grep -E '^test .* FAILED|panicked' "$log"
    passed=$(awk '/^test result/ { n += $4 } END { print n + 0 }' "$log")
    wrong=$(awk '/^test result/ { n += $6 } END { print n + 0 }' "$log")
    c_programs "$target"
    [ "$c_failed" = 0 ] || failed="$failed $target(C)"
    row "$target" yes "$passed passed, $wrong failed" "$((c_ran - c_failed)) passed, $c_failed failed" "$by"
    echo "$target: not run under $by: $(skipped rust; skipped file; skipped c)" | tr '\n' ' '; echo
}

row target built 'Rust tests' 'C programs' 'by'
for target in $targets; do
    echo "== $target"
    check "$target"
done
echo
cat "$table"
[ -z "$failed" ] || { echo; echo "Failed:$failed"; exit 1; }
