#!/bin/sh
# bed.sh IMAGE CLOCK NAME…: virtual machines on one underlay. It is the first process of a network, mount and process
# namespace that bed.ts starts for it, and ends when its standard input does: with whoever started it, for whatever
# reason. The kernel then kills the machines; bridge, taps, disks and ssh's sockets were never outside the namespaces.
#
# Machine N of the list is 198.51.100.N, the bed itself .254. CLOCK is `real`, or `counted`: time goes by the number of
# instructions, and where there is nothing to do it jumps to the next timer. So nothing that a machine measures in itself
# depends on how busy the host is, and waiting takes no time; but it has one core only.
# Lines on standard input: `start N`, and `cut N`, which takes the power away. What a machine's console says is in
# /run/N.console, and goes on through its restarts.
#
# Always emulation, never /dev/kvm: where that is there it need not work (nested, in containers: guests hang), and a
# test must not behave one way here and another there.
set -eu
image=$1 clock=$2
shift 2
cd /run
kernel_line="console=ttyS0 quiet mitigations=off nokaslr random.trust_cpu=on no_timer_check tsc=reliable"

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
  read -r name <"$1.name"
  machine=$1
  case $clock in
    real) set -- -accel tcg,thread=multi -smp 4 ;;
    counted) set -- -accel tcg -icount shift=3,sleep=off -smp 1 ;;
  esac
  set -- "$@" -M pc -cpu Nehalem -m 512 -nodefaults -display none \
    -kernel "$image/vmlinuz" -initrd "$image/initramfs" \
    -append "$kernel_line bed.name=$name bed.address=198.51.100.$machine/24" \
    -netdev "tap,id=net,ifname=tap$machine,script=no,downscript=no" \
    -device "virtio-net-pci,netdev=net,mac=52:54:00:00:00:0$machine,host_mtu=1600,romfile=" \
    -drive "file=$machine.disk,format=raw,if=virtio,cache=unsafe" \
    -drive "file=$machine.spare,format=raw,if=virtio,cache=unsafe" \
    -chardev "file,id=console,path=$machine.console,append=on" -serial chardev:console
  {
    qemu-system-x86_64 "$@" </dev/null >>"$machine.qemu" 2>&1 &
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
for name in "$@"; do
  number=$((number + 1))
  echo "$name" >"$number.name"
  make_machine "$number"
  start "$number"
done
echo ready
while read -r command number; do
  case $command in
    start | cut) "$command" "$number" ;;
  esac
done
