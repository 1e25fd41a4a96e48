#!/bin/sh
# Builds one of these programs and runs it: tests/attack/cc.sh NAME [ARGUMENT...]
# Needs target/release/libudp.so (make build). OUT names the folder of the program.
set -e
here=$(dirname "$0") name=$1
shift
root=$here/../..
out=${OUT:-$root/target/attack}
mkdir -p "$out"
lib=$(cd "${CARGO_TARGET_DIR:-$root/target}/release" && pwd)
"${CC:-cc}" -g -O1 -Wall -Wno-unused-function -I"$root/include" "$here/$name.c" -o "$out/$name" \
    -L"$lib" -ludp "-Wl,-rpath,$lib" -lpthread -ldl
[ -z "$BUILD_ONLY" ] || exit 0
exec "$out/$name" "$@"
