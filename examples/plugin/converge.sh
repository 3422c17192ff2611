#!/bin/sh
# Run by: dune rehearse examples/plugin -- sh examples/plugin/converge.sh
# Waits until every session is established and r1 and r3 know each other's network, then shows both.
set -eu

birdc() {
  on "$1" birdc -s "/var/lib/dune/plugin/node/$1/bird.ctl" show protocols
}

converged() {
  [ "$(for router in r1 r2 r3; do birdc "$router"; done | grep -c Established)" -eq 4 ] &&
    on r1 ip -6 route show proto bird | grep -q '^2001:db8:3::/48 via ' &&
    on r3 ip -6 route show proto bird | grep -q '^2001:db8:1::/48 via '
}

tries=0
until converged; do
  tries=$((tries + 1))
  if [ "$tries" -ge 60 ]; then
    echo "BGP has not converged after $tries tries" >&2
    for router in r1 r2 r3; do birdc "$router" >&2; done
    exit 1
  fi
  sleep 0.5
done

for router in r1 r2 r3; do birdc "$router"; done
on r1 ip -6 route show proto bird
