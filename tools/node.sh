#!/usr/bin/env bash
# Prints the folder of a Node.js that the clients in the tests run on (20 or newer). Debian 12 has 18: then one comes
# from the npm registry into build/node.
set -euo pipefail
cd "$(dirname "$0")/.."

recent() { [ -x "$1" ] && "$1" -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)'; }

own=build/node/node_modules/node/bin/node
for node in "$(command -v node || true)" "$PWD/$own"; do
  if recent "$node"; then dirname "$node"; exit 0; fi
done
mkdir -p build/node
npm install --prefix build/node --no-audit --no-fund --no-save --loglevel=error node@22 >&2
recent "$PWD/$own" || { echo "No Node.js 20 or newer, and npm brought none" >&2; exit 1; }
dirname "$PWD/$own"
