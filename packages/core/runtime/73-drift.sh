# 73-drift: what is against what is wanted. Of every namespace `ip` and `tc` tell what is there, as JSON; that and the
# tables become lists of one interface a line, and where the two differ there is a drift:
#   drift NODE INTERFACE PROCESS WHAT WANTED ACTUAL WORDS   `-` where there is none; the server itself is node `-`
# More addresses and routes than the tables have are the routing daemons' business.

# work/is: NETNS if NAME INDEX MAC MTU MASTER QUEUE UP CARRIER / NETNS address NAME ADDRESS / NETNS queue NAME TEXT
gather_actual() {
  awk -F "$TAB" -v dir="$WORK/" '
    function value(object, key,    at, rest) {
      at = index(object, "\"" key "\":")
      if (!at) return "-"
      rest = substr(object, at + length(key) + 3)
      if (substr(rest, 1, 1) == "\"") { rest = substr(rest, 2); sub(/".*/, "", rest) }
      else sub(/[],}].*/, "", rest)
      return rest
    }
    function yes(object, flag) { return index(object, "\"" flag "\"") ? "yes" : "no" }
    # `ip` shows ::1:2 as ::0.1.0.2
    function plain(address,    bytes) {
      if (address !~ /^::[0-9]+[.]/) return address
      split(substr(address, 3), bytes, ".")
      return sprintf("::%x:%x", bytes[1] * 256 + bytes[2], bytes[3] * 256 + bytes[4])
    }
    function interface(netns, object,    at, head, name, flags, infos, i) {
      at = index(object, "\"addr_info\":")
      head = at ? substr(object, 1, at - 1) : object
      name = value(head, "ifname")
      flags = match(head, /"flags":[[][^]]*/) ? substr(head, RSTART, RLENGTH) : ""
      print netns, "if", name, object + 0, value(head, "address"), value(head, "mtu"), value(head, "master"), \
        value(head, "qdisc"), yes(flags, "UP"), yes(flags, "LOWER_UP")
      for (i = split(at ? substr(object, at) : "", infos, /[{]"family":/); i > 1; i--)
        print netns, "address", name, plain(value(infos[i], "local")) "/" value(infos[i], "prefixlen")
    }
    # An older `tc` has no JSON for what a queue is set to: then its kind is all that is known.
    function queue(netns, object,    kind, set) {
      kind = substr(object, 1, index(object, "\"") - 1)
      if (kind == "ingress" || kind == "clsact") return
      set = kind == "tbf" ? value(object, "rate") : kind == "netem" || kind == "pfifo" ? value(object, "limit") : "-"
      if (set != "-") set = kind == "tbf" ? sprintf("%.0f", set * 8) : "limit " set
      print netns, "queue", value(object, "dev"), kind (set == "-" ? "" : " " set)
    }
    BEGIN { OFS = "\t" }
    {
      while ((getline line <(dir $1 ".ip")) > 0) {
        count = split(line, objects, /[{]"ifindex":/)
        for (i = 2; i <= count; i++) interface($1, objects[i])
      }
      close(dir $1 ".ip")
      while ((getline line <(dir $1 ".tc")) > 0) {
        count = split(line, objects, /[{]"kind":"/)
        for (i = 2; i <= count; i++) queue($1, objects[i])
      }
      close(dir $1 ".tc")
    }' "$1" >"$WORK/is"
}

# the nodes' namespaces, by inode; of a node without its own nothing more is said
drift_of_nodes() {
  records inode >"$WORK/inodes"
  awk -F "$TAB" '
    FILENAME == ARGV[1] { inode[$1] = $2; next }
    FILENAME == ARGV[2] { now[$1] = $2; next }
    $1 == "node" && $5 == "missing" { print "drift\t" $2 "\t-\t-\tnamespace\t" $3 "\t-\tthe namespace " $3 " is gone" }
    $1 == "node" && $5 == "replaced" {
      was = inode[$3] == "" ? "unknown" : inode[$3]
      print "drift\t" $2 "\t-\t-\tnamespace\t" was "\t" now[$3] "\tthe namespace " $3 \
        " was deleted and made anew: its inode is " now[$3] ", wanted " was
    }' "$WORK/inodes" "$WORK/found" "$WORK/nodes"
}

drift_of_interfaces() {
  awk -F "$TAB" '
    function drift(what, wanted, actual, words) {
      print "drift", node[$1], $2, "-", what, wanted, actual, words
    }
    function differs(what, title, wanted, actual,    choices, i) {
      if (wanted == "-") return
      for (i = split(wanted, choices, " or "); i; i--) if (choices[i] == actual) return
      drift(what, wanted, actual, title " is " actual ", wanted " wanted)
    }
    function rates(text,    at, bits, unit, out) {
      while (match(text, /tbf [0-9]+/)) {
        bits = substr(text, RSTART + 4, RLENGTH - 4)
        unit = sub(/000000000$/, "", bits) ? "gbit" : sub(/000000$/, "", bits) ? "mbit" : "bit"
        if (unit == "bit" && sub(/000$/, "", bits)) unit = "kbit"
        out = out substr(text, 1, RSTART + 3) bits unit
        text = substr(text, RSTART + RLENGTH)
      }
      return out text
    }
    function same(wanted, actual,    count, i, parts, others) {
      count = split(wanted, parts, ", ")
      if (split(actual, others, ", ") != count) return 0
      for (i = 1; i <= count; i++) {
        if (others[i] !~ / /) sub(/ .*/, "", parts[i])
        if (parts[i] != others[i]) return 0
      }
      return 1
    }
    function gone(    device) {
      device = underlay[$9]
      if ($3 == "veth" && !($9 in owned)) return "is gone, with the namespace of its other end, " node[$9] ":" $10
      if ($3 != "tunnel") return "is gone"
      return "the tunnel is gone" (device == "" || ("-", device) in is ? "" : "; the underlay " device " is, too")
    }
    function compare(    of, wanted, actual, each, i) {
      split(is[$1, $2], of, OFS)
      if ($4 != "-" && of[4] != $4) drift("index", $4, of[4], "was made anew: its index is " of[4] ", wanted " $4)
      if (of[9] != "yes") drift("state", "up", "down", "is set down, wanted up")
      else if (of[10] != "yes" && $3 == "tunnel") drift("carrier", "yes", "no", "has no carrier")
      else if (of[10] != "yes" && $3 == "veth" && up[$9, $10] == "yes")
        drift("carrier", "yes", "no", "has no carrier, although its other end is up, " node[$9] ":" $10)
      differs("mac", "MAC", $5, of[5])
      differs("mtu", "MTU", $6, of[6])
      if ($7 != "-" && of[7] != $7)
        drift("master", $7, of[7], "is in " (of[7] == "-" ? "no bridge" : of[7]) ", wanted in " $7)
      wanted = $8 == "-" ? "none" : rates($8)
      actual = $8 != "-" ? rates(queues[$1, $2]) : of[8]
      if (actual == "" || actual == "noqueue" || actual == "noop" || actual == "-") actual = "none"
      if ($3 != "lo" && !same(wanted, actual))
        drift("qdisc", wanted, actual, "queue is " actual ", wanted " wanted)
      each = split(addresses[$1, $2], wants, " ")
      for (i = 1; i <= each; i++)
        if (!(($1, $2, wants[i]) in has)) drift("address", wants[i], "-", "address " wants[i] " is gone")
    }
    BEGIN { OFS = "\t" }
    FILENAME == ARGV[1] { owned[$1] = 1; next }
    FILENAME == ARGV[2] { node[$2] = $1; next }
    FILENAME == ARGV[3] && $2 == "if" { is[$1, $3] = $0; up[$1, $3] = $9; next }
    FILENAME == ARGV[3] && $2 == "address" { has[$1, $3, $4] = 1; next }
    FILENAME == ARGV[3] { queues[$1, $3] = queues[$1, $3] (queues[$1, $3] == "" ? "" : ", ") $4; next }
    FILENAME == ARGV[4] { underlay[$1] = $2; next }
    FILENAME == ARGV[5] { addresses[$1, $2] = addresses[$1, $2] " " $3; next }
    !($1 in owned) { next }
    !(($1, $2) in is) { drift("interface", "present", "-", gone()); next }
    { compare() }' "$WORK/owned" "$TABLES/nodes" "$WORK/is" "$WORK/underlay" "$TABLES/addresses" "$WORK/wanted"
}

# The underlay: a tunnel goes on saying that it is up when its device is down or has lost the address.
drift_of_underlay() {
  awk -F "$TAB" -v address="$ADDRESS" '
    function drift(device, what, wanted, actual, words) { print "drift", "-", device, "-", what, wanted, actual, words }
    BEGIN { OFS = "\t" }
    FILENAME == ARGV[1] && $1 != "-" { next }
    FILENAME == ARGV[1] && $2 == "if" { is[$3] = $0; next }
    FILENAME == ARGV[1] && $2 == "address" { sub(/\/.*/, "", $4); stands[$4] = 1; next }
    FILENAME == ARGV[1] { next }
    $2 == "-" { next }
    { if ($4 > need[$2]) need[$2] = $4 }
    !seen[$2]++ { devices[++count] = $2 }
    END {
      for (i = 1; i <= count; i++) {
        device = devices[i]
        if (!(device in is)) {
          gone = 1
          drift(device, "underlay", "present", "-", "the underlay " device " is gone")
          continue
        }
        split(is[device], of, OFS)
        if (of[9] != "yes") drift(device, "underlay", "up", "down", "the underlay " device " is set down")
        else if (of[10] != "yes")
          drift(device, "underlay", "up", "no carrier", "the underlay " device " has no carrier")
        if (of[6] + 0 < need[device] + 0)
          drift(device, "underlay", "MTU " need[device], "MTU " of[6], \
            "the underlay " device " has MTU " of[6] ", its tunnels need " need[device])
      }
      if (count && !gone && !(address in stands))
        drift("-", "underlay", address, "-", "the underlay address " address " stands on no interface any more")
    }' "$WORK/is" "$WORK/underlay"
}
