#!/bin/sh
# bed.sh CLOCK (NAME ARCH IMAGE)…: virtual machines on one underlay. It is the first process of a network, mount and
# process namespace that bed.ts starts for it, and ends when its standard input does: with whoever started it, for whatever
# reason. The kernel then kills the machines; bridge, taps, disks and ssh's sockets were never outside the namespaces.
#
# Machine N of the list is 198.51.100.N, the bed itself .254. CLOCK is `real`, or `counted`: time goes by the number of
# instructions, and where there is nothing to do it jumps to the next timer. So nothing that a machine measures in itself
# depends on how busy the host is, and waiting takes no time; but it has one core only. ARCH is amd64 or arm64.
# Lines on standard input: `start N`, and `cut N`, which takes the power away. What a machine's console says is in
# /run/N.console, and goes on through its restarts.
#
# Always emulation, never /dev/kvm: where that is there it need not work (nested, in containers: guests hang), and a
# test must not behave one way here and another there.
set -eu
clock=$1
shift
cd /run
kernel_line="quiet mitigations=off nokaslr random.trust_cpu=on"

make_underlay() {
  ip link set dev lo up
  ip link add name underlay type bridge stp_state 0
  ip link set dev underlay mtu 1600 up
  ip address add 198.51.100.254/24 dev underlay
}

# Its disk, a small one that tests may fill or freeze, and its cable.
make_machine() {
  truncate -s 512M "$1.disk"
  truncate -s 32M "$1.spare"
  mkfs.ext4 -q "$1.disk"
  mkfs.ext4 -q "$1.spare"
  ip tuntap add dev "tap$1" mode tap
  ip link set dev "tap$1" mtu 1600 master underlay up
}

# A machine that is on has a file N.pid. host_mtu tells the guest that a packet of 1500 bytes crosses inside a tunnel.
start() {
  machine=$1
  read -r name arch image <"$1.machine"
  case $clock in
    real) set -- -accel tcg,thread=multi -smp 4 ;;
    counted) set -- -accel tcg -icount shift=3,sleep=off -smp 1 ;;
  esac
  case $arch in
    amd64)
      emulator=qemu-system-x86_64 hardware="console=ttyS0 no_timer_check tsc=reliable"
      set -- "$@" -M pc -cpu Nehalem
      ;;
    arm64)
      emulator=qemu-system-aarch64 hardware="console=ttyAMA0"
      set -- "$@" -M virt -cpu cortex-a72
      ;;
  esac
  set -- "$@" -m 512 -nodefaults -display none \
    -kernel "$image/vmlinuz" -initrd "$image/initramfs" \
    -append "$kernel_line $hardware bed.name=$name bed.address=198.51.100.$machine/24" \
    -netdev "tap,id=net,ifname=tap$machine,script=no,downscript=no" \
    -device "virtio-net-pci,netdev=net,mac=52:54:00:00:00:0$machine,host_mtu=1600,romfile=" \
    -drive "file=$machine.disk,format=raw,if=virtio,cache=unsafe" \
    -drive "file=$machine.spare,format=raw,if=virtio,cache=unsafe" \
    -chardev "file,id=console,path=$machine.console,append=on" -serial chardev:console
  {
    "$emulator" "$@" </dev/null >>"$machine.qemu" 2>&1 &
    echo "$!" >"$machine.pid"
    wait "$!" 2>/dev/null || :
    rm "$machine.pid"
  } &
}

cut() {
  read -r pid <"$1.pid"
  kill -KILL "$pid"
}

make_underlay
number=0
while [ $# -gt 0 ]; do
  number=$((number + 1))
  echo "$1 $2 $3" >"$number.machine"
  shift 3
  make_machine "$number"
  start "$number"
done
echo ready
while read -r command number; do
  case $command in
    start | cut) "$command" "$number" ;;
  esac
done
