# 42-wanted: from the tables to what `status` compares with: one line for every interface that is to be there.

# work/wanted: NETNS NAME KIND INDEX MAC MTU MASTER QUEUE, and of a veth PEER-NETNS PEER, of a tunnel REMOTE and `VNI LOCAL
# REMOTE PORT`. A bridge takes the smallest MTU of its ports over from them: its MTU may be either. (`interfaces` is read twice, so it
# has two names: awk tells its files apart by them.)
gather_wanted() {
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
