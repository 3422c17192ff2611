# 38-check-firewall: whether the rules for input let the tunnels' packets through. It goes through the rules as the
# kernel would; a rule that it cannot read counts as one that does not match, so what it says is a warning.

check_firewall() {
  [ -s "$WORK/underlay" ] || return 0
  list_rules >"$WORK/rules" 2>/dev/null || :
  awk -F "$TAB" -v port="$VXLAN_PORT" -v here="$ADDRESS" "$RULE_READER"'
    function warn(base, list,    parts, shown, some, tool, fix) {
      split(base, parts, FS)
      shown = split(list, some, ", ") > 4 ? some[1] ", " some[2] ", " some[3] " and others" : list
      tool = parts[2] ~ /tables/ ? parts[2] : parts[2] == "filter" && parts[3] == "INPUT" ? parts[1] "tables" : "nft"
      fix = "nft insert rule " parts[1] " " parts[2] " " parts[3] " " (list ~ /:/ ? "ip6" : "ip") " saddr { " list \
        " } udp dport " port " accept"
      gsub(/ /, "", list)
      if (tool != "nft") fix = tool " -I INPUT -p udp --dport " port " -s " list " -j ACCEPT"
      print "warning\tfirewall\tthe firewall (" parts[1] " " parts[2] ", chain " parts[3] ") seems to drop VXLAN " \
        "(UDP port " port ") from " shown "\t" fix
    }
    FILENAME == ARGV[1] && $1 == "base" { bases[++base_count] = $2 FS $3 FS $4; policy[$2 FS $3 FS $4] = $5; next }
    FILENAME == ARGV[1] { rules[$2 FS $3 FS $4, ++length_of[$2 FS $3 FS $4]] = $5; next }
    {
      remote = $1
      device = $2
      for (i = 1; i <= base_count; i++) {
        if (bases[i] ~ (remote ~ /:/ ? "^ip" FS : "^ip6" FS)) continue
        if ((said = verdict(bases[i], 0)) == "") said = policy[bases[i]]
        six = remote ~ /:/
        if (said != "accept") refused[i, six] = refused[i, six] (refused[i, six] == "" ? "" : ", ") remote
      }
    }
    END {
      for (i = 1; i <= base_count; i++)
        for (six = 0; six <= 1; six++) if (refused[i, six] != "") warn(bases[i], refused[i, six])
    }' "$WORK/rules" "$WORK/underlay" >>"$CHECKS"
  fine firewall "no rule for input is seen that keeps UDP port $VXLAN_PORT from the other servers"
}

# base FAMILY TABLE CHAIN POLICY, rule FAMILY TABLE CHAIN TEXT: in the words of nft. The old iptables is asked only
# where the kernel has its table, because the question alone would make one.
list_rules() {
  if command -v nft >/dev/null; then
    timeout 10 nft list ruleset | read_nft
  else
    case $(iptables -V 2>/dev/null) in
      *nf_tables*)
        timeout 10 iptables -S | read_iptables ip iptables
        timeout 10 ip6tables -S | read_iptables ip6 ip6tables
        ;;
    esac
  fi
  for family in ip ip6; do
    grep -qx filter "/proc/net/${family}_tables_names" || continue
    old=${family}tables-legacy
    command -v "$old" >/dev/null || old=${family}tables
    timeout 10 "$old" -S | read_iptables "$family" "$old"
  done
}

# Only what stands in chains is taken; a rule that goes on in the next line has an open brace.
read_nft() {
  awk '
    $1 == "table" { family = $2; table = $3; next }
    $1 == "chain" { chain = $2; text = ""; next }
    chain == "" { next }
    $1 == "}" && text == "" { chain = ""; next }
    {
      gsub(/^[ \t]+|[ \t]+$/, "")
      gsub(/\t/, " ")
      text = text (text == "" ? "" : " ") $0
      braces = text
      if (gsub(/\{/, "", braces) > gsub(/\}/, "", braces)) next
      where = family "\t" table "\t" chain "\t"
      if (text !~ /^type .* hook /) print "rule\t" where text
      else if (text ~ / hook input /) print "base\t" where (text ~ /policy drop/ ? "drop" : "accept")
      text = ""
    }'
}

# read_iptables FAMILY TOOL: its options as the words that nft has for the same, the tool for a table
read_iptables() {
  awk -v family="$1" -v tool="$2" '
    BEGIN {
      word["-s"] = family " saddr"; word["-d"] = family " daddr"; word["-i"] = "iifname"; word["-p"] = "meta l4proto"
      word["--dport"] = word["--dports"] = "udp dport"; word["--state"] = word["--ctstate"] = "ct state"
      word["-j"] = "jump"; word["-g"] = "goto"; word["-m"] = ""
      verdict["ACCEPT"] = "accept"; verdict["DROP"] = "drop"; verdict["REJECT"] = "reject"; verdict["RETURN"] = "return"
    }
    function translate(    i, text) {
      for (i = 3; i < NF; i += 2) {
        if (!($i in word)) { if (text ~ /reject$/) break; return "unclear" }
        if ($i == "-m") continue
        if ($i == "-j" && $(i + 1) in verdict) text = text " " verdict[$(i + 1)]
        else text = text " " word[$i] " " ($i ~ /^--/ ? "{ " tolower(lists($(i + 1))) " }" : $(i + 1))
      }
      return substr(text, 2)
    }
    function lists(value) { gsub(/,/, ", ", value); gsub(/:/, "-", value); return value }
    { gsub(/-m comment --comment ("[^"]*"|[^ ]+) ?/, "") }
    $1 == "-P" && $2 == "INPUT" { print "base\t" family "\t" tool "\tINPUT\t" tolower($3) }
    $1 == "-A" { print "rule\t" family "\t" tool "\t" $2 "\t" translate() }'
}

# verdict(chain, depth): accept, drop or nothing for a packet from `remote` by `device` to `here` and UDP `port`
RULE_READER='
  function verdict(chain, depth,    i, said, parts, table) {
    split(chain, parts, FS)
    table = parts[1] FS parts[2] FS
    for (i = 1; depth < 20 && i <= length_of[chain]; i++) {
      said = judge(rules[chain, i])
      if (said ~ /^(jump|goto) /) {
        split(said, parts, " ")
        said = verdict(table parts[2], depth + 1)
        if (said == "" && parts[1] == "goto") return ""
      }
      if (said == "return") return ""
      if (said != "") return said
    }
    return ""
  }
  # judge(rule): its verdict, where it clearly matches
  function judge(rule,    words, count, i, word) {
    gsub(/ ?(comment "[^"]*"|counter( packets [0-9]+ bytes [0-9]+)?)/, "", rule)
    gsub(/log( (prefix|level|flags|group|snaplen) ("[^"]*"|[^ ]+))*/, "", rule)
    gsub(/"/, "", rule)
    count = split(rule, words, " ")
    for (i = 1; i <= count; i++) {
      word = words[i]
      if (word ~ /^(accept|drop|return)$/) return word
      if (word == "reject") return "drop"
      if (word == "jump" || word == "goto") return word " " words[i + 1]
      if (word ~ /^(meta|ct|ip|ip6|udp|th)$/) word = word " " words[++i]
      i = take(words, i + 1, count)
      if (!matches(word)) return ""
    }
    return ""
  }
  # take(words, i, count): keeps the value there, or the values between braces; returns where they end
  function take(words, i, count,    list) {
    list = words[i]
    if (words[i] == "{") {
      list = ""
      while (++i <= count && words[i] != "}") list = list " " words[i]
    }
    gsub(/,/, " ", list)
    value_count = split(list, values, " ")
    return i
  }
  function matches(what,    i) {
    for (i = 1; i <= value_count; i++) {
      if (what == "iifname" || what == "iif") { if (values[i] == device) return 1 }
      else if (what == "udp dport" || what == "th dport") { if (in_range(values[i])) return 1 }
      else if (what ~ /^(meta l4proto|ip protocol|ip6 nexthdr)$/) { if (values[i] ~ /^(udp|17)$/) return 1 }
      else if (what == "meta nfproto") { if (values[i] == (remote ~ /:/ ? "ipv6" : "ipv4")) return 1 }
      else if (what == "ct state") { if (values[i] == "new") return 1 }
      else if (what == "ip saddr" || what == "ip6 saddr") { if (covers(values[i], remote)) return 1 }
      else if (what == "ip daddr" || what == "ip6 daddr") { if (covers(values[i], here)) return 1 }
    }
    return 0
  }
  function in_range(range,    ends) {
    if (split(range, ends, "-") < 2) ends[2] = ends[1]
    return ends[1] + 0 <= port + 0 && port + 0 <= ends[2] + 0
  }
  # IPv6 prefixes are compared as they are written only
  function covers(prefix, address,    parts, size) {
    if (split(prefix, parts, "/") < 2 || parts[2] == 32 || parts[2] == 128) return parts[1] == address
    if (prefix ~ /:/ || address ~ /:/) return parts[2] == 0
    size = 2 ^ (32 - parts[2])
    return int(number(parts[1]) / size) == int(number(address) / size)
  }
  function number(address,    bytes) {
    split(address, bytes, ".")
    return ((bytes[1] * 256 + bytes[2]) * 256 + bytes[3]) * 256 + bytes[4]
  }'
