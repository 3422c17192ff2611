#!/bin/sh
# Run by: dune rehearse examples/ospf -- sh examples/ospf/converge.sh
# Waits until every router knows the three other loopbacks, and r1 reaches r4 by r2, since the direct link costs 100.
set -eu

# Not r1 alone: a packet's way back is known by others, and they may learn it later. And not any route: while r2 and r3
# are no neighbours yet, the direct link is the best there is.
converged() {
  for router in r1 r2 r3 r4; do
    [ "$(on "$router" ip -6 route show proto bird | grep -c '^2001:db8::[1234] ')" -eq 3 ] || return 1
  done
  on r1 ip -6 route get 2001:db8::4 | grep -q 'dev eth0'
}

tries=0
until converged; do
  tries=$((tries + 1))
  if [ "$tries" -ge 60 ]; then
    echo "OSPF has not converged after $tries tries; the routes are" >&2
    for router in r1 r2 r3 r4; do
      echo "$router" >&2
      on "$router" ip -6 route show proto bird >&2
    done
    exit 1
  fi
  sleep 0.5
done

on r1 ip -6 route show proto bird
