#!/usr/bin/env bash
# What `make harden` runs: proofs that the library survives its host's bad days. Each part prints a line; any failure ends it.
#
#   HARDEN_SECONDS  how long the chaos test runs (20)
#   FUZZ_SECONDS    how long each fuzz target runs (5); 0 leaves them out
#   TARGET_DIR      where libudp.so lies
#
# Miri is not here: it is a component of nightly toolchains. valgrind runs over the C programs in `make test`.
set -euo pipefail
cd "$(dirname "$0")/../.."
lib=$(cd "${TARGET_DIR:-target/release}" && pwd)
out=${CARGO_TARGET_DIR:-$PWD/target}/harden
mkdir -p "$out"

compile() { # NAME FOLDER: a C program, linked with the shared library
    "${CC:-cc}" -std=gnu11 -Wall -Wextra -Werror -O1 -g -pthread -Iinclude "$2/$1.c" -o "$out/$1" \
        -L"$lib" -ludp "-Wl,-rpath,$lib" -ldl
}

say() { printf 'harden: %s (%d s)\n' "$1" "$SECONDS"; }

# Every function with each of its allocations failing.
compile alloc_sweep tests/harden
functions=$(grep -oE '^[a-z].*\budp_[a-z_]+\(' include/libudp.h | grep -oE 'udp_[a-z_]+\($' | tr -d '(' | sort -u)
[ "$functions" = "$("$out/alloc_sweep" --list | sort -u)" ] ||
    { echo 'tests/harden/alloc_sweep.c: its rows are not the functions of the header: add a ROW for each'; exit 1; }
"$out/alloc_sweep"
say 'allocation failures'

# Every system call failing, from the first, second or fifth time on.
compile syscall_sweep tests/harden
"${CC:-cc}" -std=gnu11 -Wall -Wextra -Werror -O1 -shared -fPIC tests/harden/fail_syscalls.c -o "$out/fail_syscalls.so" -ldl
sweeps=0
for call in socket bind connect getsockname getpeername setsockopt getsockopt sendto recvfrom sendmsg recvmsg \
    sendmmsg recvmmsg ppoll eventfd epoll_create1 epoll_ctl epoll_pwait getifaddrs; do
    for errno in 1 4 5 9 11 12 13 14 22 23 24 38 90 92 95 97 98 99 101 104 105 107 111 113; do
        for after in 1 2 5; do
            # The name service's own sockets are not the library's: only the library's calls are made.
            FAIL_CALL=$call FAIL_ERRNO=$errno FAIL_AFTER=$after LD_PRELOAD="$out/fail_syscalls.so" "$out/syscall_sweep" ||
                { echo "syscall_sweep: $call fails with errno $errno from time $after on: exit code $?"; exit 1; }
            sweeps=$((sweeps + 1))
        done
    done
done
say "$sweeps runs with a failing system call"

# The stack that each call of this build uses.
compile stack tests/c
"$out/stack" limits >"$out/stack.txt" || { cat "$out/stack.txt"; exit 1; }
say "stack: $(sort -rnk2 "$out/stack.txt" | head -1 | tr -s ' ')"

# Threads, random calls, closes and forks, with exact accounting.
compile chaos tests/harden
"$out/chaos" "${HARDEN_SECONDS:-20}"
say 'chaos'

# AddressSanitizer over the Rust tests. The flag is unstable, and RUSTC_BOOTSTRAP lets a stable compiler take it.
host=$(rustc -vV | sed -n 's/^host: //p')
RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address CARGO_TARGET_DIR=$out/asan ASAN_OPTIONS=detect_leaks=0 \
    cargo test -q --locked --target "$host" --lib --test socket --test batch --test path_errors --test threads \
    -- --skip open_and_close_repeated # the sanitizer keeps freed memory for a while
say 'AddressSanitizer'

# AddressSanitizer over the C programs, with leaks. stack.c and unload.c need the shared library, and the children of
# fork_locks.c leave behind what another thread of their parent was changing.
if command -v clang-19 >/dev/null; then
    RUSTC_BOOTSTRAP=1 RUSTFLAGS='-Zsanitizer=address -Zexternal-clangrt' CARGO_TARGET_DIR=$out/asan-c \
        cargo rustc -q --release --locked --target "$host" --lib --crate-type staticlib
    for source in tests/c/*.c; do
        name=$(basename "$source" .c)
        case $name in stack | unload | fork_locks) continue ;; esac
        clang-19 -fsanitize=address -std=gnu11 -D_GNU_SOURCE -g -O1 -pthread -Iinclude -Wno-string-plus-int "$source" \
            "$out/asan-c/$host/release/libudp.a" -o "$out/asan-$name" -lm -ldl
        "$out/asan-$name" >"$out/asan.log" 2>&1 || { cat "$out/asan.log"; echo "$source fails"; exit 1; }
    done
    say 'AddressSanitizer, C programs'
else
    echo 'SKIPPED: AddressSanitizer over the C programs: clang-19 is missing: make deps'
    [ -z "${CI:-}" ] || exit 1
fi

# ThreadSanitizer over the tests with threads. It needs a standard library built with it, for which Debian has the source.
# No suppression: every report is a failure. Threads in a forked child need die_after_fork=0.
debian=$(/usr/bin/rustc --print sysroot 2>/dev/null || true)
if [ -d "$debian/lib/rustlib/src/rust/library" ] && command -v clang-19 >/dev/null; then
    RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$out/tsan TSAN_OPTIONS=die_after_fork=0 \
        RUSTFLAGS='-Zsanitizer=thread -Zexternal-clangrt -Clinker=clang-19 -Clink-arg=-fsanitize=thread' \
        /usr/bin/cargo test -q --locked -Zbuild-std=std,panic_unwind,test --target "$host" \
        --test threads --test batch --test path_errors -- --skip open_and_close_repeated
    say 'ThreadSanitizer'
else
    echo 'SKIPPED: ThreadSanitizer: rust-web-src or clang-19 is missing: make deps'
    [ -z "${CI:-}" ] || exit 1
fi

# Each fuzz target for a few seconds over its corpus.
if [ "${FUZZ_SECONDS:-5}" != 0 ]; then
    export PATH=$out/cargo-fuzz/bin:$PATH
    command -v cargo-fuzz >/dev/null ||
        CARGO_TARGET_DIR=$out/cargo-fuzz/target cargo install -q --locked cargo-fuzz --root "$out/cargo-fuzz"
    CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target} fuzz/run.sh "${FUZZ_SECONDS:-5}"
    say 'fuzz targets'
fi
