#!/bin/sh
# Run by: dune rehearse examples/ospf -- sh examples/ospf/converge.sh
# Waits until r1 knows every loopback, then checks that r4 is reached by r2, since the direct link costs 100.
set -eu

tries=0
until [ "$(on r1 ip -6 route show proto bird | grep -c '^2001:db8::[234] ')" -eq 3 ]; do
  tries=$((tries + 1))
  if [ "$tries" -ge 60 ]; then
    echo "OSPF has not converged after 30 s" >&2
    on r1 ip -6 route show proto bird >&2
    exit 1
  fi
  sleep 0.5
done

on r1 ip -6 route show proto bird
on r1 ip -6 route get 2001:db8::4 | grep -q 'dev eth0' || {
  echo "r1 reaches r4 by the direct link, which costs 100" >&2
  exit 1
}
