#!/bin/sh
# Whether neighbours on a server's links answer. The kernel sends an IPv6 neighbour solicitation to the one address asked
# for; an answer is traffic in both directions, without any tool. On standard input, sorted: network namespace,
# interface, link-local address of the neighbour, its MAC address, separated by TAB. Prints the lines that were answered.
#   probe.sh ROUNDS     each round lasts about 0.2 s
set -eu
LC_ALL=C PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
TAB=$(printf '\t')
work=$(mktemp -d /tmp/probe.XXXXXX)
trap 'rm -rf "$work"' EXIT
sort -u >"$work/pending"
cp "$work/pending" "$work/all"

# in_batches ACTION OPTIONS: one `ip` for each namespace that has something pending
in_batches() {
  cut -f 1 "$work/pending" | uniq | while read -r netns; do
    awk -F "$TAB" -v netns="$netns" -v action="$1" -v options="$2" '$1 == netns {
      print "neigh " action " " $3 " lladdr " $4 " dev " $2 options
    }' "$work/pending" | nsenter --net="/run/netns/$netns" ip -6 -force -batch - >/dev/null 2>&1 || :
  done
}

forget_answered() {
  cut -f 1 "$work/pending" | uniq | while read -r netns; do
    nsenter --net="/run/netns/$netns" ip -6 neigh show nud reachable | sed "s/^/$netns /"
  done >"$work/reachable"
  awk 'FILENAME == ARGV[1] { reachable[$1, $4, $2] = 1; next } !(($1, $2, $3) in reachable)' \
    "$work/reachable" FS="$TAB" "$work/pending" >"$work/left"
  mv "$work/left" "$work/pending"
}

round=0
while [ -s "$work/pending" ] && [ "$round" -lt "$1" ]; do
  # The kernel gives up after three solicitations, a second apart; then they are asked for again.
  [ $((round % 17)) -ne 0 ] || in_batches replace ' nud probe'
  if [ "$round" -eq 0 ]; then sleep 0.02; else sleep 0.2; fi
  forget_answered
  round=$((round + 1))
done
sort "$work/pending" >"$work/unanswered"
comm -23 "$work/all" "$work/unanswered"
cp "$work/all" "$work/pending"
in_batches del ''
