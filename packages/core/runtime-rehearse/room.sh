#!/bin/sh
# The room of a rehearsal: the first process of a PID namespace, in namespaces of its own, that holds all of its servers.
# It ends with its standard input, which `dune` holds open; the kernel then ends everything in the room, whatever became
# of `dune`.
#   room.sh SERVER.SH user|root NAME...
# On standard output: `room PID`, then `server NAME PID` as each is ready, or `ended NAME`; the PIDs are as whoever started
# the room numbers them.
set -eu
LC_ALL=C PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
# Read now: the mounts below may hide the file.
server=$(cat "$1") kind=$2
shift 2

# /proc is still that of the outside, and so are the numbers in it.
read -r pid _ </proc/self/stat
mount -t tmpfs -o mode=755 tmpfs /tmp
ip link set dev lo up

for name in "$@"; do
  {
    unshare --net --mount --uts --ipc --pid --fork --kill-child --propagation private \
      sh -c "$server" server.sh "$name" "$kind" </dev/null || :
    printf 'ended %s\n' "$name"
  } &
done
printf 'room %s\n' "$pid"
exec >/dev/null

# Nothing is ever written to it.
read -r _ || :
