# 73-drift: what is against what is wanted, one interface a line in both (42-wanted, 72-look); where the two differ there is
# a drift:
#   drift NODE INTERFACE PROCESS WHAT WANTED ACTUAL WORDS   `-` where there is none; the server itself is node `-`
# More addresses and routes than the tables have are the routing daemons' business.

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

# What the words of a queue say is compared as numbers: the kernel rounds, and an older `tc` tells less.
SAME_QUEUE='
  function amount(word) {
    if (word !~ /^[0-9.]+(e[-+]?[0-9]+)?(ns|us|ms|s|%)?$/) return ""
    return word * (word ~ /ns$/ ? 1e-9 : word ~ /us$/ ? 1e-6 : word ~ /ms$/ ? 1e-3 : word ~ /%$/ ? 0.01 : 1)
  }
  # into[kind, setting, place]; the kinds, in their order, are returned
  function settings(text, into,    words, count, i, number, kind, key, place, kinds) {
    count = split(text, words, /,? /)
    for (i = 1; i <= count; i++) {
      number = amount(words[i])
      if (number == "") {
        key = words[i]; place = 0
        if (key ~ /^(netem|tbf|pfifo|[a-z]*codel|[a-z]*fifo[a-z_]*|mq|htb|prio|none)$/) kinds = kinds " " (kind = key)
      } else into[kind, key, ++place] = key == "tbf" ? int(number / 8) * 8 : number
    }
    return kinds
  }
  function known(numbers, kind,    one, part) {
    for (one in numbers) { split(one, part, SUBSEP); if (part[1] == kind) return 1 }
    return 0
  }
  function same_queue(wanted, actual,    want, is, one, part) {
    split("", want); split("", is)
    if (settings(wanted, want) != settings(actual, is)) return 0
    for (one in want) {
      split(one, part, SUBSEP)
      if (!(one in is)) { if (known(is, part[1]) && part[2] !~ /^(burst|limit)$/) return 0 }
      else if (apart(want[one], is[one], part[2] == "burst" ? 2 : 0)) return 0
    }
    for (one in is) if (!(one in want)) { split(one, part, SUBSEP); if (part[2] != "limit") return 0 }
    return 1
  }
  # The kernel keeps a burst as the time that it takes, in ticks of 64 ns, and tc cuts off what is left of a byte.
  function apart(one, other, slack,    least, difference) {
    difference = one > other ? one - other : other - one
    least = one < other ? one : other
    return difference > least / 10000 + 1e-7 + slack
  }'

drift_of_interfaces() {
  awk -F "$TAB" "$SAME_QUEUE$SHOWN_ORDER$SUBNET"'
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
    function gone(    device) {
      device = underlay[$9]
      if ($3 == "veth" && !($9 in owned)) return "is gone, with the namespace of its other end, " node[$9] ":" $10
      if ($3 != "tunnel") return "is gone"
      return "the tunnel is gone" (device == "" || ("-", device) in is ? "" : "; the underlay " device " is, too")
    }
    # of a veth the number of its other end, of a tunnel all that it is made with
    function compare_far_end(of,    wanted) {
      if ($3 == "veth" && ($9, $10) in index_ && of[11] != "-" && of[11] != index_[$9, $10])
        drift("peer", node[$9] ":" $10, "number " of[11], "its other end is not " node[$9] ":" $10)
      if ($3 != "tunnel") return
      wanted = $10 " " ($9 in underlay ? underlay[$9] : "-")
      if (of[12] != wanted) drift("tunnel", wanted, of[12], "the tunnel is " of[12] ", wanted " wanted)
    }
    function compare_addresses(    wants, each, i, there, order, actual) {
      each = split(addresses[$1, $2], wants, " ")
      for (i = 1; i <= each; i++)
        if (($1, $2, wants[i]) in has) { if (wants[i] !~ /^::/) { there = there " " wants[i]; listed[wants[i]] = 1 } }
        else drift("address", wants[i], "-", "address " wants[i] " is gone")
      order = shown_order(substr(there, 2))
      each = split(shown[$1, $2], wants, " ")
      for (i = 1; i <= each; i++) if (wants[i] in listed) actual = actual " " wants[i]
      actual = shown_order_of_families(substr(actual, 2))
      if (actual != order) drift("order", order, actual, "addresses stand in the order " actual ", wanted " order)
      split("", listed)
    }
    function compare(    of, wanted, actual) {
      split(is[$1, $2], of, OFS)
      if ($4 != "-" && of[4] != $4) drift("index", $4, of[4], "was made anew: its index is " of[4] ", wanted " $4)
      if (of[9] != "yes") drift("state", "up", "down", "is set down, wanted up")
      else if (of[10] != "yes" && $3 == "tunnel") drift("carrier", "yes", "no", "has no carrier")
      else if (of[10] != "yes" && $3 == "veth" && up[$9, $10] == "yes")
        drift("carrier", "yes", "no", "has no carrier, although its other end is up, " node[$9] ":" $10)
      differs("mac", "MAC", $5, of[5])
      compare_far_end(of)
      differs("mtu", "MTU", $6, of[6])
      if ($7 != "-" && of[7] != $7)
        drift("master", $7, of[7], "is in " (of[7] == "-" ? "no bridge" : of[7]) ", wanted in " $7)
      wanted = $8 == "-" ? "none" : $8
      actual = ($1, $2) in queues ? queues[$1, $2] : of[8]
      if (actual == "" || actual == "noqueue" || actual == "noop" || actual == "-") actual = "none"
      if ($3 != "lo" && !same_queue(wanted, actual))
        drift("qdisc", rates(wanted), rates(actual), "queue is " rates(actual) ", wanted " rates(wanted))
      compare_addresses()
    }
    BEGIN { OFS = "\t" }
    FILENAME == ARGV[1] { owned[$1] = 1; next }
    FILENAME == ARGV[2] { node[$2] = $1; next }
    FILENAME == ARGV[3] && $2 == "if" { is[$1, $3] = $0; index_[$1, $3] = $4; up[$1, $3] = $9; next }
    FILENAME == ARGV[3] && $2 == "address" { has[$1, $3, $4] = 1; shown[$1, $3] = shown[$1, $3] " " $4; next }
    FILENAME == ARGV[3] && $2 == "queue" { queues[$1, $3] = queues[$1, $3] (queues[$1, $3] == "" ? "" : ", ") $4; next }
    FILENAME == ARGV[3] { next }
    FILENAME == ARGV[4] { underlay[$1] = $2; next }
    FILENAME == ARGV[5] { addresses[$1, $2] = addresses[$1, $2] " " $3; next }
    !($1 in owned) { next }
    !(($1, $2) in is) { drift("interface", "present", "-", gone()); next }
    { compare() }' "$WORK/owned" "$TABLES/nodes" "$WORK/is" "$WORK/underlay" "$WORK/addresses" "$WORK/wanted"
}

# shown_order(): addresses that were added in this order, as the kernel shows them: of IPv4 those that are first in their
# subnet before the others, and of those the ones of the host itself before the rest; of IPv6 the last one first, and those of
# the link and ::1 behind. (Others of ::/80 have scopes of their own.)
SHOWN_ORDER='
  function scope_of(address) { return address ~ /^127[.]/ ? "host" : address ~ /^(fe80:|::1\/)/ ? "link" : "global" }
  function shown_order(list,    each, count, i, place, subnet, host, first, others, ours, link) {
    count = split(list, each, " ")
    for (i = 1; i <= count; i++) {
      if (each[i] ~ /:/) {
        if (scope_of(each[i]) == "link") link = " " each[i] link; else ours = " " each[i] ours
        continue
      }
      subnet = subnet_of(each[i])
      if (subnet in place) others = others " " each[i]
      else if (scope_of(each[i]) == "host") host = host " " each[i]
      else first = first " " each[i]
      place[subnet] = 1
    }
    return substr(host first others ours link, 2)
  }
  function shown_order_of_families(list,    each, count, i, four, six) {
    count = split(list, each, " ")
    for (i = 1; i <= count; i++) if (each[i] ~ /:/) six = six " " each[i]; else four = four " " each[i]
    return substr(four six, 2)
  }'

# subnet_of(): what two IPv4 addresses must share for one of them to hang on the other. (A busybox may have no powers.)
SUBNET='
  function subnet_of(address,    parts, bytes, number, bits) {
    split(address, parts, "/")
    split(parts[1], bytes, ".")
    number = ((bytes[1] * 256 + bytes[2]) * 256 + bytes[3]) * 256 + bytes[4]
    for (bits = parts[2]; bits < 32; bits++) number = int(number / 2)
    return parts[2] " " number
  }'

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
