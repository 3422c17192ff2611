#!/bin/sh
# npm run bench: sets up like ./dune, then measures. The figures are in bench.json.
set -eu
cd "$(dirname "$0")/../.."
./dune --version >/dev/null
exec node test/bench/bench.mjs
