#!/bin/sh
# How each interface stands to IPv6. On standard input, sorted: network namespace, interface, separated by TAB. Prints
# them with a third field: `ok`, `absent` (there is no such interface), `off` (IPv6 is off), `none` (no link-local address
# is made there).
set -eu
LC_ALL=C PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
TAB=$(printf '\t')

# shellcheck disable=SC2016 # it is the inner shell that expands it
inside='
  netns=$1; shift
  for device; do
    conf=/proc/sys/net/ipv6/conf/$device state=ok
    if ! grep -q "^ *$device:" /proc/net/dev; then state=absent
    elif [ ! -d "$conf" ] || grep -q 1 "$conf/disable_ipv6"; then state=off
    elif grep -q 1 "$conf/addr_gen_mode" && ! grep -q "^fe80.* $device\$" /proc/net/if_inet6; then state=none
    fi
    printf "%s\t%s\t%s\n" "$netns" "$device" "$state"
  done'

look() {
  [ $# -lt 2 ] || nsenter --net="/run/netns/$1" sh -c "$inside" sh "$@" ||
    { netns=$1; shift; for device; do printf '%s\t%s\tabsent\n' "$netns" "$device"; done; }
}

set --
while IFS=$TAB read -r netns device; do
  [ "${1-}" = "$netns" ] || { look "$@"; set -- "$netns"; }
  set -- "$@" "$device"
done
look "$@"
