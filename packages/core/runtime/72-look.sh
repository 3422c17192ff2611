# 72-look: what there is. Of every namespace `ip`, `tc` and /proc/sys tell, in files of the folder work/look; then one awk makes
# lines of it.

# look_at_namespaces TABLES…: those that are still the lab's own (work/owned), and the server itself (`-`) where there are
# tunnels. More is asked only where the tables have something of the kind.
look_at_namespaces() {
  mkdir -p "$WORK/look"
  owned_namespaces | cut -f 1 >"$WORK/owned"
  (cd /run/netns 2>/dev/null && cut -f 2 "$TABLES/nodes" | xargs -r stat -c "%n$TAB%i" 2>/dev/null) >"$WORK/found" || :
  for folder in "$@"; do
    awk -F "$TAB" -v dir="$WORK/look/" '
      function mark(file) { printf "" >file; close(file) }
      FNR > 1 && $1 == last { next }
      { last = $1 }
      FILENAME ~ /qdiscs$/ { mark(dir $1 ".shaped"); next }
      FILENAME ~ /routes$/ { mark(dir $1 ".routed"); next }
      { mark(dir $1 ".far") }' "$folder/qdiscs" "$folder/routes" "$folder/tunnels"
  done
  awk -F "$TAB" -v dir="$WORK/look/" '{ file = dir $1 ".paths"; if (file != last) close(last); last = file; print $4 >file }' "$TABLES/sysctls"
  printf '%s\n' 'addr show' 'route show table all' >"$WORK/look-routes"
  DUNE_WORK=$WORK
  export DUNE_WORK
  in_namespaces links "$WORK/owned"
  { echo - && cat "$WORK/owned"; } >"$WORK/seen"
  : >"$WORK/look/-.ip"
  [ ! -s "$WORK/look/-.paths" ] || (read_sysctls "$WORK/look/-")
  for folder in "$@"; do
    [ ! -s "$folder/tunnels" ] || ip -j addr show >"$WORK/look/-.ip"
  done
}

# work/is: NETNS if NAME INDEX MAC MTU MASTER QUEUE UP CARRIER PEER TUNNEL / NETNS address NAME ADDRESS / NETNS queue NAME TEXT /
# NETNS sysctl PATH VALUE / NETNS route FAMILY DESTINATION TYPE VIA METRIC TABLE DEVICE. PEER is the number of the other end.
gather_actual() {
  awk -F "$TAB" -v dir="$WORK/look/" '
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
    # VNI, both ends, port, and the device below it: a name or number that is the server\047s, whatever has it here
    function tunnel(netns, head,    family, link) {
      if (!index(head, "\"info_kind\":\"vxlan\"")) return "-"
      head = substr(head, index(head, "\"info_data\":"))
      family = index(head, "\"remote6\":") ? 6 : ""
      link = value(head, "link")
      link = link ~ /^if[0-9]+$/ ? substr(link, 3) + 0 : number[netns, link]
      return value(head, "id") " " plain(value(head, "local" family)) " " plain(value(head, "remote" family)) " " value(head, "port") \
        " " (link in device ? device[link] : "-")
    }
    function interface(netns, object,    at, head, name, flags, infos, count, i) {
      at = index(object, "\"addr_info\":")
      head = at ? substr(object, 1, at - 1) : object
      name = value(head, "ifname")
      flags = match(head, /"flags":[[][^]]*/) ? substr(head, RSTART, RLENGTH) : ""
      print netns, "if", name, object + 0, value(head, "address"), value(head, "mtu"), value(head, "master"), \
        value(head, "qdisc"), yes(flags, "UP"), yes(flags, "LOWER_UP"), value(head, "link_index"), tunnel(netns, head)
      count = split(at ? substr(object, at) : "", infos, /[{]"family":/)
      for (i = 2; i <= count; i++)
        print netns, "address", name, plain(value(infos[i], "local")) "/" value(infos[i], "prefixlen")
    }
    # the number behind that key, in these units; nothing where it is not there or 0
    function setting(object, key, word, factor, unit,    at, number) {
      at = index(object, key)
      number = at ? substr(object, at + length(key)) + 0 : 0
      return number ? " " word sprintf("%.6g", number * factor) unit : ""
    }
    # An older `tc` has no JSON for what a queue is set to: then its kind is all that is known.
    function queue(netns, object,    kind, text) {
      text = kind = substr(object, 1, index(object, "\"") - 1)
      if (kind == "ingress" || kind == "clsact") return
      if (kind == "tbf" && (set = value(object, "rate")) != "-") text = sprintf("tbf %.0f", set * 8)
      else if (kind == "pfifo" && (set = value(object, "limit")) != "-") text = "pfifo"
      if (kind == "tbf" && (set = value(object, "burst")) != "-") text = text " burst " set
      if (kind ~ /^(tbf|netem|pfifo)$/ && (set = value(object, "limit")) != "-") text = text " limit " set
      if (kind == "netem") text = text setting(object, "\"delay\":{\"delay\":", "delay ", 1000, "ms") \
        setting(object, "\"jitter\":", "", 1000, "ms") setting(object, "\"loss\":", "loss ", 100, "%") \
        setting(object, "\"duplicate\":{\"duplicate\":", "duplicate ", 100, "%") \
        setting(object, "\"corrupt\":{\"corrupt\":", "corrupt ", 100, "%") \
        setting(object, "\"reorder\":{\"reorder\":", "reorder ", 100, "%")
      print netns, "queue", value(object, "dev"), text
    }
    # The word before the destination is of this route, all behind it up to the next destination, too.
    function route(netns, before, object,    type, dst) {
      type = match(before, /"type":"[a-z]*",$/) ? value(substr(before, RSTART), "type") : "unicast"
      dst = substr(object, 1, index(object, "\"") - 1)
      print netns, "route", (dst ~ /:/ || index(object, "\"pref\":") ? 6 : 4), dst, type, gateway(object), value(object, "metric"), \
        index(object, "\"table\":") ? value(object, "table") : "main", value(object, "dev")
    }
    function gateway(object) {
      if (index(object, "\"via\":{")) return value(substr(object, index(object, "\"via\":{")), "host")
      return value(object, "gateway")
    }
    function sysctl(netns, line,    at) {
      at = index(line, ":")
      if (substr(line, 1, 9) != "/dev/null") print netns, "sysctl", substr(line, 1, at - 1), tabless(substr(line, at + 1))
    }
    function tabless(text) { gsub(/\t/, " ", text); return text }
    BEGIN { OFS = "\t" }
    {
      while ((getline line <(dir $1 ".ip")) > 0) {
        count = split(line, objects, /[{]"ifindex":/)
        for (i = 2; i <= count; i++) number[$1, value(objects[i], "ifname")] = objects[i] + 0
        for (i = 2; i <= count && $1 == "-"; i++) device[objects[i] + 0] = value(objects[i], "ifname")
        for (i = 2; i <= count; i++) interface($1, objects[i])
        if (count > 1) continue
        count = split(line, objects, /"dst":"/)
        for (i = 2; i <= count; i++) route($1, objects[i - 1], objects[i])
      }
      close(dir $1 ".ip")
      while ((getline line <(dir $1 ".tc")) > 0) {
        count = split(line, objects, /[{]"kind":"/)
        for (i = 2; i <= count; i++) queue($1, objects[i])
      }
      close(dir $1 ".tc")
      while ((getline line <(dir $1 ".sysctls")) > 0) sysctl($1, line)
      close(dir $1 ".sysctls")
    }' "$1" >"$WORK/is"
}
