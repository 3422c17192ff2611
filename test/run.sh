#!/bin/sh
# npm test: sets itself up like ./dune, then checks style and types and runs every test.
# Bundles are run for real, in namespaces: that needs root. What cannot run here is skipped, and says so.
set -eu
cd "$(dirname "$0")/.."

# What a bare Debian lacks of what a bundle needs, and what the tests run beside it: shells, a linter for them, BIRD for
# examples/ospf, ping.
missing=
while read -r tool package; do
  command -v "$tool" >/dev/null 2>&1 || [ -x "/usr/sbin/$tool" ] || missing="$missing $package"
done <<END
ip iproute2
nsenter util-linux
git git
dash dash
bash bash
busybox busybox
shellcheck shellcheck
bird bird2
ping iputils-ping
END
if [ -n "$missing" ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "npm test: installing$missing" >&2
    log=$(mktemp)
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update && echo "$missing" | xargs apt-get install -y --no-install-recommends; } >"$log" 2>&1 || {
      cat "$log" >&2
      exit 2
    }
    rm -f "$log"
  else
    echo "npm test: not installed, so what needs them is skipped:$missing" >&2
  fi
fi

[ "$(id -u)" = 0 ] || echo "npm test: not root, so the tests that run bundles for real are skipped" >&2

./dune --version >/dev/null
PATH=$PWD/node_modules/.bin:$PATH
export PATH TURBO_TELEMETRY_DISABLED=1
[ -t 1 ] || export NO_COLOR=1
biome check .
turbo run build --output-logs=errors-only
cd test
exec vitest run "$@"
