#!/bin/sh
# Runs the echo program of each language, and compares what it prints. `make languages` calls it.
#
#     run.sh LIBRARY FOLDER-OF-HEADERS FOLDER-FOR-BUILDS
#
# A language whose tools are missing is skipped, or fails if CI is set.
set -u
cd "$(dirname "$0")" || exit 1
export LIBUDP_LIBRARY="$1" LIBUDP_INCLUDE="$2"
build=$3
failed=

# echo_of LANGUAGE TOOLS COMMAND...
echo_of() {
    language=$1 tools=$2
    shift 2
    for tool in $tools; do
        command -v "$tool" >/dev/null && continue
        echo "$language: skipped, $tool is missing: make deps"
        [ -z "${CI:-}" ] || failed="$failed $language"
        return
    done
    # A language without threads has no close that wakes one.
    if said=$("$@" 2>&1) && [ "$(echo "$said" | sed '/^close: /d')" = "$wanted" ]; then
        echo "$language: passed"
    else
        failed="$failed $language"
        printf '%s: FAILED\n%s\n' "$language" "$said"
    fi
}

wanted='echo: ping
timeout: the timeout expired
text: 你好 in gb18030
batch: 100 datagrams
error: the text is not a numeric address: '\''no address'\''; only udp_resolve looks names up'

in_folder() { (cd "$1" && shift && "$@"); }
node_echo() {
    mkdir -p "$build/node" && cp node/*.js node/*.json "$build/node" &&
        in_folder "$build/node" npm ci --silent --no-audit --no-fund && node "$build/node/echo.js"
}

echo_of LuaJIT luajit in_folder luajit luajit echo.lua
echo_of PHP php php -d ffi.enable=1 php/echo.php
echo_of Ruby ruby ruby ruby/echo.rb
echo_of Perl perl perl perl/echo.pl
echo_of Node.js 'node npm' node_echo
[ -z "$failed" ] || { echo "Failed:$failed"; exit 1; }
