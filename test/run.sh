#!/bin/sh
# npm test: sets itself up like ./dune, then checks style and types and runs every test.
# Bundles are run for real, in namespaces: that needs root. What cannot run here is skipped, and says so.
set -eu
cd "$(dirname "$0")/.."

# What a bare Debian lacks of what a bundle needs, and what the tests run beside it: shells, a linter for them, BIRD,
# ping, tcpdump, firewalls, sudo.
missing=$(
  sh test/install-tools.sh "npm test" <<END
ip iproute2
nsenter util-linux
git git
dash dash
bash bash
busybox busybox
shellcheck shellcheck
bird bird2
ping iputils-ping
tcpdump tcpdump
nft nftables
iptables iptables
sudo sudo
pgrep procps
END
)
[ -z "$missing" ] || echo "npm test: not installed, so what needs them is skipped:$missing" >&2

[ "$(id -u)" = 0 ] || echo "npm test: not root, so the tests that run bundles for real are skipped" >&2

./dune --version >/dev/null
PATH=$PWD/node_modules/.bin:$PATH
export PATH TURBO_TELEMETRY_DISABLED=1
[ -t 1 ] || export NO_COLOR=1
biome check .
turbo run build --output-logs=errors-only
cd test
exec vitest run "$@"
