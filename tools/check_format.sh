#!/usr/bin/env bash
# Fails when a source is not laid out as .clang-format says. With --fix it lays them out.
set -euo pipefail
cd "$(dirname "$0")/.."
files=$(git ls-files 'src/*.h' 'src/*.cc' 'tests/*.h' 'tests/*.cc' 'bench/*.cc')
if [ "${1:-}" = --fix ]; then
  clang-format-19 -i $files
else
  clang-format-19 --dry-run -Werror $files
fi
