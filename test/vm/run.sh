#!/bin/sh
# npm run test:vm: sets itself up like ./dune, then runs labs on virtual machines with Debian's kernel. That takes a few
# minutes, and the first time a download of some 80 MB. It needs root and a Debian with apt-get: nothing is skipped here,
# what is missing ends it.
set -eu
cd "$(dirname "$0")/../.."

refuse() {
  echo "test:vm cannot run: $*" >&2
  exit 2
}

[ "$(id -u)" = 0 ] || refuse "the machines' network needs root"
command -v apt-get >/dev/null || refuse "the machines are made of Debian's packages, by apt-get, which is not here"
PATH=$PATH:/usr/sbin:/sbin
missing=$(
  sh test/install-tools.sh test:vm <<END
ip iproute2
nsenter util-linux
git git
qemu-system-x86_64 qemu-system-x86
qemu-system-aarch64 qemu-system-arm
cpio cpio
modprobe kmod
ssh openssh-client
ssh-keygen openssh-client
mkfs.ext4 e2fsprogs
gcc gcc libc6-dev
aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu libc6-dev-arm64-cross
go golang-go
END
)
[ -z "$missing" ] || refuse "these packages are not installed:$missing"

./dune --version >/dev/null
PATH=$PWD/node_modules/.bin:$PATH
export PATH
[ -t 1 ] || export NO_COLOR=1
sh test/vm/image.sh amd64 >/dev/null
sh test/vm/image.sh arm64 >/dev/null
cd test
exec vitest run --config vm/vitest.config.ts "$@"
