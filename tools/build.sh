#!/usr/bin/env bash
# tools/build.sh PRESET [TARGET…]: configures when needed and builds with ccache. Prints ninja's progress.
set -euo pipefail
cd "$(dirname "$0")/.."

preset=$1
shift
export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
log=$(mktemp)
trap 'rm -f "$log"' EXIT
cmake --preset "$preset" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
exec ninja -C "build/$preset" "$@"
