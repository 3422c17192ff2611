#!/bin/sh
# How each interface stands to IPv6. On standard input, sorted: network namespace, interface, separated by TAB. Prints
# them with a third field: `ok`, `absent` (there is no such interface), `off` (IPv6 is off), `none` (no link-local address
# is made there).
set -eu
LC_ALL=C PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
TAB=$(printf '\t')

# One process for a namespace: /proc/net and /proc/sys/net show that of who reads them.
inside='
  function first_line(file,    line) {
    if ((getline line <file) <= 0) line = "-"
    close(file)
    return line
  }
  BEGIN {
    while ((getline line <"/proc/net/dev") > 0) {
      sub(/^ */, "", line)
      there[substr(line, 1, index(line, ":") - 1)] = 1
    }
    while ((getline line <"/proc/net/if_inet6") > 0) {
      count = split(line, fields, / +/)
      if (line ~ /^fe80/) has_local[fields[count]] = 1
    }
    for (i = 2; i < ARGC; i++) {
      conf = "/proc/sys/net/ipv6/conf/" ARGV[i]
      state = "ok"
      if (!(ARGV[i] in there)) state = "absent"
      else if (first_line(conf "/disable_ipv6") != "0") state = "off"
      else if (first_line(conf "/addr_gen_mode") == "1" && !(ARGV[i] in has_local)) state = "none"
      print ARGV[1] "\t" ARGV[i] "\t" state
    }
  }'

look() {
  [ $# -lt 2 ] || nsenter --net="/run/netns/$1" awk "$inside" "$@" ||
    { netns=$1; shift; for device; do printf '%s\t%s\tabsent\n' "$netns" "$device"; done; }
}

set --
while IFS=$TAB read -r netns device; do
  [ "${1-}" = "$netns" ] || { look "$@"; set -- "$netns"; }
  set -- "$@" "$device"
done
look "$@"
