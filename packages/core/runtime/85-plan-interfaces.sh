# 85-plan-interfaces: what is set up on interfaces that are made, and changed on those that stay: masters, addresses, queues.

plan_interfaces() {
  awk -F "$TAB" 'FILENAME == ARGV[1] { fresh[$1] = 1; next } $1 in fresh { print $1 FS $2 }' "$WORK/fresh" "$TABLES/interfaces" |
    sort -u - "$WORK/made-ends" >"$WORK/made"
  for table in nodes bridges; do
    awk -F "$TAB" -v column="$([ "$table" = nodes ] && echo 2 || echo 1)" '
      FILENAME == ARGV[1] { fresh[$1] = 1; next }
      $column in fresh' "$WORK/fresh" "$TABLES/$table" >"$WORK/delta/$table"
  done
  plan_addresses
  plan_masters
  plan_queues
}

plan_masters() {
  sort -u "$WORK/made" "$WORK/downed" | awk -F "$TAB" '
    FILENAME == ARGV[1] { made[$1, $2] = 1; next }
    FILENAME == ARGV[2] { there[$0] = 1; next }
    ($1, $2) in made || !($0 in there)' - "$THERE/interfaces" "$TABLES/interfaces" >"$WORK/delta/interfaces"
}

# Addresses stand in the order in which they were added, and the first of a subnet takes the others of IPv4 with it when it goes.
# Where the right order would not come out, all of that family go and come. The kernel gives an interface its own link-local
# address when it is set up, behind those that are declared: so where these change, it is set down and up (work/downed). It gives
# `lo` 127.0.0.1 and ::1: nobody declares that these go, and they come back where they went with others.
plan_addresses() {
  : >"$WORK/downed"
  list_own_addresses
  awk -F "$TAB" -v unmake="$WORK/unmake.lines" -v changes="$WORK/change.lines" -v downed="$WORK/downed" "$SUBNET$SHOWN_ORDER"'
    function of_link(list,    each, count, i, out) {
      count = split(list, each, " ")
      for (i = 1; i <= count; i++) if (each[i] ~ /^fe80:/) out = out " " each[i]
      return out
    }
    # What the kernel has given stays where nothing else has its scope: then its place is always right.
    function spared(address, list,    each, i) {
      if (address != "127.0.0.1/8" && address != "::1/128") return 0
      for (i = split(list, each, " "); i; i--) if (each[i] != address && scope_of(each[i]) == scope_of(address)) return 0
      return 1
    }
    function change(on,    count, i, olds, news, was, is, place, all, order, stale, both) {
      both = old[on] " " new[on]
      for (i = split(new[on], news, " "); i; i--) is[news[i]] = 1
      count = split(old[on], olds, " ")
      for (i = 1; i <= count; i++) {
        was[olds[i]] = 1
        if (olds[i] in is) {
          order = order " " olds[i]
          if (on ~ /4$/ && subnet_of(olds[i]) in stale) all = 1
        } else if (on ~ /4$/) stale[subnet_of(olds[i])] = 1
      }
      for (i = 1; i <= split(new[on], news, " "); i++) if (!(news[i] in was)) order = order " " news[i]
      if (shown_order(order) != shown_order(new[on])) all = 1
      split(on, place, SUBSEP)
      if (place[2] != "lo" && of_link(old[on]) != of_link(new[on])) {
        all = 1
        print place[1], place[2] >>downed
        printf "%s\t0\tlink set dev %s down\n", place[1], place[2] >>changes
      }
      for (i = count; i; i--)
        if ((all && !spared(olds[i], both)) || !(olds[i] in is)) printf "%s\t2%07d\taddr del %s dev %s\n", place[1], ++deleted, olds[i], place[2] >>unmake
      for (i = 1; i <= split(new[on], news, " "); i++)
        if ((all && !spared(news[i], both)) || !(news[i] in was)) print place[1], place[2], news[i]
    }
    function add(list, on) { list[on] = list[on] (list[on] == "" ? "" : " ") $3; if (!seen[on]++) places[++last] = on }
    BEGIN { OFS = FS }
    FILENAME == ARGV[1] { stay[$2] = 1; next }
    FILENAME == ARGV[2] { made[$1, $2] = 1; next }
    FILENAME == ARGV[3] { there[$1, $2] = 1; next }
    { on = $1 SUBSEP $2 SUBSEP ($3 ~ /:/ ? 6 : 4) }
    FILENAME == ARGV[4] { if ($1 in stay && ($1, $2) in there && !(($1, $2) in made)) add(old, on); next }
    { add(new, on) }
    END { for (i = 1; i <= last; i++) if (old[places[i]] != new[places[i]]) change(places[i]) }' \
    "$WORK/stay" "$WORK/made" "$TABLES/interfaces" "$WORK/addresses.old" "$WORK/addresses.new" |
    sort -t "$TAB" -s -k 1,1 >"$WORK/delta/addresses"
}

# work/addresses.old, .new: what is and what is to be there, with the addresses that the kernel gives `lo`. Whoever does not look
# takes it that they are there.
list_own_addresses() {
  if [ "$LOOK" = no ]; then
    awk -F "$TAB" '$2 == "lo" { print $0 FS "127.0.0.1/8"; print $0 FS "::1/128" }' "$TABLES/interfaces" | cut -f 1,2,4 >"$WORK/lo-own"
    with_own "$HAVE/addresses" "$WORK/lo-own" >"$WORK/addresses.old"
  fi
  awk -F "$TAB" 'FILENAME == ARGV[1] { stay[$2] = 1; next } $1 in stay' "$WORK/stay" "$WORK/lo-own" >"$WORK/lo-stay"
  with_own "$TABLES/addresses" "$WORK/lo-stay" >"$WORK/addresses.new"
}

# What is fed to `tc` is compared. Where a queue of the same kind stands at the same place with the same settings of netem, it is
# changed; else the tree is taken down and made anew.
plan_queues() {
  : >"$WORK/untc.lines"
  awk -F "$TAB" -v untc="$WORK/untc.lines" -v ids="$WORK/link-changes" -v degraded="$DEGRADED" "$SHAPED"'
    function kinds(text,    words, count, i, out) {
      count = split(text, words, /,? /)
      for (i = 1; i <= count; i++) if (words[i] !~ /^[0-9]/) out = out " " words[i]
      return out
    }
    function veth(mtu) { mtu[$1, $2] = mtu[$5, $6] = $9 }
    function tell(on) { if (on in link && !told[link[on]]++) print link[on], "changed", far[on] >>ids }
    function drop(on,    place) {
      split(on, place, SUBSEP)
      printf "%s\t1\tqdisc del dev %s root\n", place[1], place[2] >>untc
      tell(on)
    }
    BEGIN { OFS = FS }
    FILENAME == ARGV[1] { stay[$2] = 1; next }
    FILENAME == ARGV[2] { made[$1, $2] = 1; next }
    FILENAME == ARGV[3] { there[$1, $2] = 1; next }
    FILENAME == ARGV[4] { veth(had); next }
    FILENAME == ARGV[5] { had[$1, $2] = $5; next }
    FILENAME == ARGV[6] { told[$1] = 1; next }
    FILENAME == ARGV[7] { veth(has); link[$1, $2] = link[$5, $6] = $10; far[$1, $2] = far[$5, $6] = "-"; next }
    FILENAME == ARGV[8] { has[$1, $2] = $5; link[$1, $2] = $9; far[$1, $2] = "-"; next }
    { on = $1 SUBSEP $2 }
    FILENAME == ARGV[9] {
      if ($1 in stay && on in there && !(on in made)) old[on] = NF > 6 ? $7 : shaped($3, $4, $5, $6, had[on], degraded)
      next
    }
    { new = shaped($3, $4, $5, $6, has[on], degraded); named[on] = 1 }
    on in made { print; next }
    new == old[on] { next }
    { if (old[on] != "" && kinds(old[on]) != kinds(new)) drop(on); tell(on); print }
    END { for (on in old) if (old[on] != "" && !(on in named)) drop(on) }' \
    "$WORK/stay" "$WORK/made" "$TABLES/interfaces" "$THERE/veths" "$WORK/tunnels.old" "$WORK/link-changes" \
    "$TABLES/veths" "$TABLES/tunnels" "$THERE/qdiscs" "$TABLES/qdiscs" >"$WORK/delta/qdiscs"
}
