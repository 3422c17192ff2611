# 42-wanted: from the tables to what `status` compares with: one line for every interface that is to be there.

# work/wanted: NETNS NAME KIND INDEX MAC MTU MASTER QUEUE, and of a veth PEER-NETNS PEER, of a tunnel REMOTE and `VNI LOCAL
# REMOTE PORT`. A bridge takes the smallest MTU of its ports over from them: its MTU may be either. (`interfaces` is read twice, so it
# has two names: awk tells its files apart by them.)
gather_wanted() {
  gather_wanted_addresses
  awk -F "$TAB" -v degraded="$J_DEGRADED" -v port="$VXLAN_PORT" "$SHAPED"'
    function bridged(netns, name, mtu) {
      at = netns SUBSEP master[netns, name]
      if (!(at in smallest) || mtu + 0 < smallest[at]) smallest[at] = mtu + 0
    }
    BEGIN { OFS = "\t" }
    FILENAME == ARGV[1] { row[$1, $2] = $0; next }
    FILENAME == ARGV[2] { master[$1, $2] = $3; next }
    FILENAME == ARGV[3] {
      rest[$1, $2] = "veth" OFS $3 OFS $4 OFS $9 OFS $5 OFS $6
      rest[$5, $6] = "veth" OFS $7 OFS $8 OFS $9 OFS $1 OFS $2
      bridged($1, $2, $9); bridged($5, $6, $9)
      mtu_of[$1, $2] = mtu_of[$5, $6] = $9
      next
    }
    FILENAME == ARGV[4] { rest[$1, $2] = "tunnel" OFS $3 OFS $4 OFS $5 OFS $8 OFS $6 " " $7 " " $8 " " port; bridged($1, $2, $5); mtu_of[$1, $2] = $5; next }
    FILENAME == ARGV[5] {
      mtu = ($1, $2) in smallest && smallest[$1, $2] != $5 ? $5 " or " smallest[$1, $2] : $5
      rest[$1, $2] = "bridge" OFS $3 OFS $4 OFS mtu OFS "-" OFS "-"
      next
    }
    {
      split(($1, $2) in rest ? rest[$1, $2] : "lo" OFS "-" OFS "-" OFS "-" OFS "-" OFS "-", of, OFS)
      queue = split(row[$1, $2], asks, OFS) ? shaped(asks[3], asks[4], asks[5], asks[6], mtu_of[$1, $2], degraded) : ""
      print $1, $2, of[1], of[2], of[3], of[4], $3, (queue == "" ? "-" : queue), of[5], of[6]
    }' "$TABLES/qdiscs" "$TABLES/interfaces" "$TABLES/veths" "$TABLES/tunnels" "$TABLES/bridges" \
    "$TABLES/./interfaces" >"$WORK/wanted"
}

# work/addresses: the declared ones, and those that the kernel gives `lo` when it is set up. (A node that declares whether it has
# IPv6 is not asked; the setting of `lo` comes behind that of `all`.)
gather_wanted_addresses() {
  awk -F "$TAB" -v without="$WORK/lo-without" '
    BEGIN { OFS = FS; printf "" >without }
    FILENAME == ARGV[1] { owned[$1] = 1; next }
    FILENAME == ARGV[2] && $2 == "if" && $3 == "lo" { up[$1] = $9 == "yes" }
    FILENAME == ARGV[2] && $2 == "address" && $3 == "lo" && $4 == "::1/128" { six[$1] = 1 }
    FILENAME == ARGV[2] && $2 == "sysctl" && $3 ~ /^net\/ipv6\/conf\/(all|lo)\/disable_ipv6$/ { off[$1] = $4 != 0 }
    FILENAME == ARGV[2] || $2 != "lo" || !($1 in owned) || !up[$1] { next }
    { print $1, "lo", "127.0.0.1/8" }
    $1 in six { print $1, "lo", "::1/128"; next }
    !off[$1] { print $1 >without }' "$WORK/owned" "$WORK/is" "$TABLES/interfaces" >"$WORK/lo-own"
  [ ! -e /proc/sys/net/ipv6 ] || lo_with_ipv6 >>"$WORK/lo-own"
  with_own "$TABLES/addresses" "$WORK/lo-own" >"$WORK/addresses"
}

# Where ::1 is missing IPv6 may be off, by whomever.
lo_with_ipv6() {
  while IFS= read -r netns; do
    off=$(nsenter "--net=/run/netns/$netns" cat /proc/sys/net/ipv6/conf/lo/disable_ipv6 2>/dev/null </dev/null) || continue
    [ "$off" != 0 ] || printf '%s\tlo\t::1/128\n' "$netns"
  done <"$WORK/lo-without"
}

# with_own TABLE OWN: the rows of a table `addresses`, and of the others those that it does not have
with_own() {
  awk -F "$TAB" '
    FILENAME == ARGV[1] { sub(/^::1\/.*/, "::1/128", $3); has[$1, $2, $3] = 1; next }
    FILENAME == ARGV[2] || !(($1, $2, $3) in has)' "$1" "${1%/*}/./${1##*/}" "$2"
}
