#!/usr/bin/env bash
# Fuzzes each target for some seconds, starting from a copy of its corpus, and prints how many executions there were:
#
#     fuzz/run.sh SECONDS [TARGET ...]
#
# It needs cargo-fuzz (`cargo install cargo-fuzz`) and a C++ compiler; RUSTC_BOOTSTRAP lets a stable compiler build the
# targets. SANITIZER=none makes the pure targets several times faster. c_calls takes a network namespace of its own (root,
# or user namespaces). ipmsg takes the interpreter of $PYTHON, which needs nothing installed, and the release build of the
# library. An input that fails is kept in fuzz/artifacts.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:?usage: fuzz/run.sh SECONDS [TARGET ...]}
shift
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(address text segments control traffic c_calls ipmsg)
build=$(realpath -m "${CARGO_TARGET_DIR:-target}")
copies=$(mktemp -d)
trap 'rm -rf "$copies"' EXIT
export RUSTC_BOOTSTRAP=1

fuzz() { # target corpus
    if [ "$1" = ipmsg ]; then
        LIBUDP_LIBRARY=${LIBUDP_LIBRARY:-$build/release/libudp.so} "${PYTHON:-python3}" fuzz/ipmsg.py "$seconds" "$2"
    else
        cargo fuzz run --sanitizer "${SANITIZER:-address}" --target-dir "$build/fuzz" "$1" "$2" -- \
            -max_total_time="$seconds" -max_len=200 -timeout=20 -verbosity=1
    fi
}

failed=0
for target in "${targets[@]}"; do
    cp -r "fuzz/corpus/$target" "$copies/"
    if fuzz "$target" "$copies/$target" >"$copies/log" 2>&1; then
        echo "$target: $(grep -o 'Done [0-9]* runs in [0-9]* second(s)' "$copies/log" | tail -1)"
    else
        echo "$target: FAILED"
        grep -v -e NEW -e REDUCE -e pulse "$copies/log" | tail -60
        failed=1
    fi
done
exit $failed
