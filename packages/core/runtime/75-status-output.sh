# 75-status-output: the records of `status` as a table for people, and as JSON.

# What is off stands last: of a large lab one sees the end. The first line tells at once.
print_status() {
  awk -F "$TAB" -v lab="$DUNE_LAB" -v phynode="$DUNE_PHYNODE" -v degraded="$J_DEGRADED" \
    -v mode="$J_PROCESSES" '
    function head(title) { if (title != last) print title; last = title }
    function things() { return off == 1 ? "1 thing is off" : off " things are off" }
    function whose() {
      if ($4 != "-") return $2 "/" $4
      return $2 != "-" ? $2 ($3 == "-" ? "" : ":" $3) : "server"
    }
    FILENAME == ARGV[1] { if ($1 == "drift") off++; next }
    FNR == 1 {
      print "lab " lab ", phynode " phynode ": up" (degraded == "yes" ? " (degraded: no netem)" : "") \
        (mode == "stopped" ? ", its processes stopped" : "") "; " \
        (off ? things() : "all as it should be")
    }
    $1 == "node" { head("nodes"); printf "  %-24s %s\n", $2, $5 }
    $1 == "process" {
      head("processes")
      printf "  %-24s %s%s%s%s\n", $2 "/" $3, $5, ($5 == "exited" ? " " $6 : ""), \
        ($4 == "-" ? "" : ", cores " $4), ($7 == "-" ? "" : ", pids " $7)
    }
    $1 == "end" { head("links"); printf "  %-24s %s:%s %s\n", $2, $3, $5, $6 }
    $1 == "drift" { head(things()); printf "  %-24s %s\n", whose(), $8 }' "$WORK/status" "$WORK/./status"
}

print_status_json() {
  awk -F "$TAB" -v lab="$DUNE_LAB" -v phynode="$DUNE_PHYNODE" -v degraded="$J_DEGRADED" \
    -v mode="$J_PROCESSES" '
    function quote(text) { gsub(/\\/, "\\\\", text); gsub(/"/, "\\\"", text); return "\"" text "\"" }
    function or_null(text) { return text == "-" ? "null" : quote(text) }
    function list(text, separator,    parts, count, i, out) {
      if (text == "-") return "[]"
      count = split(text, parts, separator)
      for (i = 1; i <= count; i++) out = out (i > 1 ? "," : "") parts[i]
      return "[" out "]"
    }
    function add(kind, object) { objects[kind] = objects[kind] (objects[kind] == "" ? "" : ",") object }
    function field(name, json) { return "\"" name "\":" json }
    $1 == "node" {
      add("nodes", "{" field("name", quote($2)) "," field("netns", quote($3)) "," field("kind", quote($4)) \
        "," field("state", quote($5)) "}")
    }
    $1 == "process" {
      add("processes", "{" field("node", quote($2)) "," field("name", quote($3)) "," field("cores", list($4, ",")) \
        "," field("state", quote($5)) "," field("code", $6 == "-" ? "null" : $6) "," field("pids", list($7, " ")) "}")
    }
    $1 == "end" {
      add("links", "{" field("link", quote($2)) "," field("node", quote($3)) "," field("netns", quote($4)) \
        "," field("interface", quote($5)) "," field("state", quote($6)) "}")
    }
    $1 == "drift" {
      add("drift", "{" field("node", or_null($2)) "," field("interface", or_null($3)) "," \
        field("process", or_null($4)) "," field("what", quote($5)) "," field("wanted", quote($6)) "," \
        field("actual", or_null($7)) "," field("text", quote($8)) "}")
    }
    END {
      print "{" field("lab", quote(lab)) "," field("phynode", quote(phynode)) "," field("state", "\"up\"") "," \
        field("degraded", degraded == "yes" ? "true" : "false") "," \
        field("started", mode == "stopped" ? "false" : "true") "," \
        field("nodes", "[" objects["nodes"] "]") "," field("processes", "[" objects["processes"] "]") "," \
        field("links", "[" objects["links"] "]") "," field("drift", "[" objects["drift"] "]") "}"
    }' "$WORK/status"
}

# After find_run. An interrupted `up` may also be one that is still at work.
print_not_up_json() {
  why=$run_is
  if [ "$run_is" = not-up ]; then
    why=down
  elif [ "$J_PHYNODE" != "$DUNE_PHYNODE" ]; then
    why="other phynode"
  fi
  printf '{"lab":"%s","phynode":"%s","state":"not up","why":"%s"}\n' "$DUNE_LAB" "$DUNE_PHYNODE" "$why"
}
