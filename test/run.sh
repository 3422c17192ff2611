#!/bin/sh
# npm test: sets itself up like ./dune, then checks style and types and runs every test.
# Bundles are run for real, in namespaces: that needs root. What cannot run here is skipped, and says so.
set -eu
cd "$(dirname "$0")/.."

# What the tests run beside the tools of a bundle: shells, a linter for them, BIRD for examples/ospf, ping.
missing=
while read -r tool package; do
  command -v "$tool" >/dev/null 2>&1 || [ -x "/usr/sbin/$tool" ] || missing="$missing $package"
done <<END
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
    # shellcheck disable=SC2086
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1 || {
      cat "$log" >&2
      exit 2
    }
    rm -f "$log"
  else
    echo "npm test: not installed, so what needs them is skipped:$missing" >&2
  fi
fi

./dune --version >/dev/null
npx biome check .
npx turbo run build --output-logs=errors-only
cd test
exec npx vitest run "$@"
