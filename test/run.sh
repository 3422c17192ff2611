#!/bin/sh
# npm test: sets itself up like ./dune, then checks style and types and runs every test.
# Bundles are run for real, in namespaces: that needs root. What cannot run here is skipped, and says so.
set -eu
cd "$(dirname "$0")/.."

# What a bare Debian lacks of what a bundle needs, and what the tests run beside it: shells, a linter for them, BIRD,
# ping, tcpdump, firewalls, sudo; compilers for the platforms that programs are built for, and what runs those here.
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
gcc gcc
g++ g++
musl-gcc musl-tools
make make
cmake cmake
go golang-go
cargo cargo
aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu
aarch64-linux-gnu-g++ g++-aarch64-linux-gnu
riscv64-linux-gnu-gcc gcc-riscv64-linux-gnu libc6-dev-riscv64-cross
qemu-aarch64-static qemu-user-static
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
