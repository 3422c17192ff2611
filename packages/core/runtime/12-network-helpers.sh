# 12-network-helpers: what the runtime does inside one node's network namespace. The helper of a namespace is one shell
# that was started there; it forks only for `ip` and `tc`, once each.

# sysctls NETNS FILE
sysctls() {
  write_sysctls "$2"
  refused_sysctls "$1"
}

refused_sysctls() {
  [ -z "$refused" ] || failed "the kernel refuses these sysctls of namespace $1:$refused" /dev/null
}

# in_batch NETNS FILE TOOL [OPTION]: on an error says which line it was and what the tool said
in_batch() {
  namespace=$1 batch=$2
  shift 2
  if [ -f "$batch" ] && ! "$@" -batch "$batch" >"$batch.out" 2>&1; then
    line=$(sed -n 's/.*:\([0-9][0-9]*\)$/\1/p' "$batch.out" | tail -n 1)
    failed "namespace $namespace: '$* $(sed -n "${line:-1}p" "$batch")' failed" "$batch.out"
  fi
}

# For each namespace that it enters `ip` copies the mount table, and there every namespace of the machine is a mount. Here
# /run/netns has links in their place, to where they are: in the mount namespace of process $1.
helper_near() {
  server=$1 width=$2 list=$3 input=$4
  shift 4
  umount -l /run/netns
  mount -t tmpfs tmpfs /run/netns
  sed "s|^|/proc/$server/root/run/netns/|" "$list" | xargs sh -c 'ln -s -- "$@" /run/netns' sh
  exec xargs -P "$width" "$@" <"$input"
}

# It comes here only with some that were refused.
helper_before_links() {
  refused_sysctls "$1"
}

# What is only changed or removed here (untc, change, unroute) may be gone already.
helper_after_links() {
  work=$DUNE_WORK
  [ ! -f "$work/untc/$1" ] || tc -force -batch "$work/untc/$1" >/dev/null 2>&1 || :
  in_batch "$1" "$work/change/$1" ip
  [ ! -f "$work/mtu/$1" ] || check_tunnel_mtus "$1"
  [ ! -f "$work/sysctl2/$1" ] || sysctls "$1" "$work/sysctl2/$1"
  in_batch "$1" "$work/tc/$1" tc
  in_batch "$1" "$work/ip/$1" ip
}

helper_unmake() {
  ip -force -batch "$DUNE_WORK/unmake/$1" >/dev/null 2>&1 || :
}

# The kernel clamps an MTU that is too large for the underlay and says nothing. `ip link` would look at every namespace
# of the machine for the name of the underlay's, so IPv6 is asked first. (The shell's `read` gets one digit of a sysctl.)
check_tunnel_mtus() {
  while IFS=$TAB read -r name wanted; do
    shown=/proc/sys/net/ipv6/conf/$name/mtu
    mtu=$(cat "$shown" 2>/dev/null || ip -o link show dev "$name" | sed 's/.* mtu \([0-9]*\) .*/\1/')
    [ "$mtu" -eq "$wanted" ] ||
      failed "the kernel made the MTU of tunnel $name in namespace $1 $mtu; raise the underlay's MTU or lower the link's" /dev/null
  done <"$DUNE_WORK/mtu/$1"
}

helper_after_up() {
  in_batch "$1" "$DUNE_WORK/route4/$1" ip -4
  in_batch "$1" "$DUNE_WORK/route6/$1" ip -6
  for family in 4 6; do
    stale=$DUNE_WORK/unroute$family/$1
    [ ! -f "$stale" ] || ip "-$family" -force -batch "$stale" >/dev/null 2>&1 || :
  done
  helper_tentative "$1"
}

# Names the namespace in work/tentative/ while it has an address that is tentative (flag 0x40 of if_inet6).
helper_tentative() {
  mark=$DUNE_WORK/tentative/$1
  [ -f /proc/net/if_inet6 ] || return 0
  while read -r _ _ _ _ flags _; do
    case $flags in
      [4567cdef]?)
        : >"$mark"
        return
        ;;
    esac
  done </proc/net/if_inet6
  [ ! -e "$mark" ] || rm -f "$mark"
}

# A deleted namespace is freed later; until then its tunnels would keep their VNIs.
helper_delete_tunnels() {
  ip -o link show type vxlan | sed 's/^[0-9]*: \([^:@]*\)[:@].*/link del dev \1/' | ip -force -batch - || :
}

# Tries, in a scratch namespace that ends with this process, what the kernel can do; prints what it cannot.
helper_probe_kernel() {
  for wanted in "$@"; do
    case $wanted in
      veth) set -- ip link add name p0 type veth peer name p1 ;;
      bridge) set -- ip link add name p2 type bridge ;;
      vxlan) set -- ip link add name p3 type vxlan id 1 dstport 4789 local 127.0.0.1 ;;
      tbf) set -- tc qdisc replace dev lo root tbf rate 1mbit burst 2000 limit 20000 ;;
      netem) set -- tc qdisc replace dev lo root netem delay 1ms ;;
    esac
    said=$("$@" 2>&1) || printf '%s\t%s\n' "$wanted" "$(printf '%s' "$said" | head -n 1)"
  done
}

# Another user of the port shows only when a VXLAN device is set up. The scratch device stands in this process's own
# scratch namespace, with its underlay in the server's.
helper_probe_port() {
  port=$1 address=$2 device=$3 server=$4
  vni=$((16777215 - $$ % 65536))
  code=0
  nsenter "--net=/proc/$server/ns/net" ip link add name probe netns "$$" type vxlan id "$vni" dev "$device" \
    local "$address" dstport "$port" nolearning || code=1
  [ "$code" -ne 0 ] || ip link set dev probe up || code=1
  ip link del dev probe 2>/dev/null || :
  return "$code"
}

# What is in the namespace, and its queues, sysctls and routes where it should have some. As text `ip` would look at every
# namespace of the machine for the names of those that the links lead to; as JSON it does not.
helper_links() {
  look=$DUNE_WORK/look/$1
  [ ! -f "$look.shaped" ] || tc -r -j qdisc show >"$look.tc"
  [ ! -f "$look.paths" ] || read_sysctls "$look"
  details=''
  [ ! -f "$look.far" ] || details=-d
  if [ -f "$look.routed" ]; then exec ip -j $details -batch "$DUNE_WORK/look-routes" >"$look.ip"; fi
  exec ip -j $details addr show >"$look.ip"
}

# read_sysctls LOOK: PATH:VALUE of those in LOOK.paths, those that can be read; goes to /proc/sys
read_sysctls() {
  set -- "$1" /dev/null
  while IFS= read -r path; do set -- "$@" "$path"; done <"$1.paths"
  look=$1
  shift
  cd /proc/sys
  grep -s '' "$@" >"$look.sysctls" || :
}
