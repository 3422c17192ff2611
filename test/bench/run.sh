#!/bin/sh
# npm run bench: sets up like ./dune, then measures. The figures are in bench.json.
# Bundles are measured in namespaces, against a C program: that needs root and gcc. What cannot run here is skipped, and says so.
set -eu
cd "$(dirname "$0")/../.."
if ! command -v gcc >/dev/null 2>&1; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "npm run bench: installing gcc" >&2
    log=$(mktemp)
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev; } >"$log" 2>&1 || {
      cat "$log" >&2
      exit 2
    }
    rm -f "$log"
  else
    echo "npm run bench: there is no gcc, and only root can install it" >&2
  fi
fi
./dune --version >/dev/null
exec node test/bench/bench.mjs
