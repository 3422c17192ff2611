# 42-wanted: from the tables to what `status` compares with: one line for every interface that is to be there.

# work/wanted: NETNS NAME KIND INDEX MAC MTU MASTER QUEUE, and of a veth PEER-NETNS PEER, of a tunnel REMOTE.
# A bridge takes the smallest MTU of its ports over from them: its MTU may be either. (`interfaces` is read twice, so it
# has two names: awk tells its files apart by them.)
gather_wanted() {
  awk -F "$TAB" -v degraded="$J_DEGRADED" '
    function queue(rate, netem, limit,    text) {
      if (netem != "-" && degraded != "yes") {
        text = "netem"
        if (match(netem, /limit [0-9]+/)) text = text " " substr(netem, RSTART, RLENGTH)
      }
      if (rate != "-") text = text (text == "" ? "" : ", ") sprintf("tbf %.0f", int(rate / 8) * 8)
      if (netem == "-" && rate == "-" && limit != "-") text = "pfifo limit " limit
      return text
    }
    function port(netns, name, mtu) {
      at = netns SUBSEP master[netns, name]
      if (!(at in smallest) || mtu + 0 < smallest[at]) smallest[at] = mtu + 0
    }
    BEGIN { OFS = "\t" }
    FILENAME == ARGV[1] { queues[$1, $2] = queue($3, $5, $6); next }
    FILENAME == ARGV[2] { master[$1, $2] = $3; next }
    FILENAME == ARGV[3] {
      rest[$1, $2] = "veth" OFS $3 OFS $4 OFS $9 OFS $5 OFS $6
      rest[$5, $6] = "veth" OFS $7 OFS $8 OFS $9 OFS $1 OFS $2
      port($1, $2, $9); port($5, $6, $9)
      next
    }
    FILENAME == ARGV[4] { rest[$1, $2] = "tunnel" OFS $3 OFS $4 OFS $5 OFS $8 OFS "-"; port($1, $2, $5); next }
    FILENAME == ARGV[5] {
      mtu = ($1, $2) in smallest && smallest[$1, $2] != $5 ? $5 " or " smallest[$1, $2] : $5
      rest[$1, $2] = "bridge" OFS $3 OFS $4 OFS mtu OFS "-" OFS "-"
      next
    }
    {
      split(($1, $2) in rest ? rest[$1, $2] : "lo" OFS "-" OFS "-" OFS "-" OFS "-" OFS "-", of, OFS)
      print $1, $2, of[1], of[2], of[3], of[4], $3, (queues[$1, $2] == "" ? "-" : queues[$1, $2]), of[5], of[6]
    }' "$TABLES/qdiscs" "$TABLES/interfaces" "$TABLES/veths" "$TABLES/tunnels" "$TABLES/bridges" \
    "$TABLES/./interfaces" >"$WORK/wanted"
}
