#!/bin/sh
# npm run bench: sets up like ./dune, then measures. The figures are in bench.json.
# Bundles are measured in namespaces, against a C program: that needs root and gcc. Programs are built by the compilers of C
# and Go. What cannot run here is skipped, and says so.
set -eu
cd "$(dirname "$0")/../.."
missing=$(
  sh test/install-tools.sh "npm run bench" <<END
gcc gcc libc6-dev
aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu libc6-dev-arm64-cross
go golang-go
END
)
[ -z "$missing" ] || echo "npm run bench: not installed, so what needs them is skipped:$missing" >&2
./dune --version >/dev/null
exec node test/bench/bench.mjs
