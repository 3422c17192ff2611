# 74-status: `status`: what is wanted against what is. It first gathers records, then prints them as a table or as JSON:
#   node NAME NETNS KIND STATE / process NODE NAME CORES STATE CODE PIDS / end LINK NETNS INTERFACE STATE

command_status() {
  json=no
  for option in "$@"; do
    [ "$option" = --json ] || stop 1 "status knows no '$option'"
    json=yes
  done
  need_root
  find_run
  if [ "$run_is" != up ] || [ "$J_PHYNODE" != "$DUNE_PHYNODE" ]; then
    [ "$json" = no ] || printf '{"lab":"%s","phynode":"%s","state":"not up"}\n' "$DUNE_LAB" "$DUNE_PHYNODE"
    need_up
  fi
  clean_up_at_end
  make_scratch
  TABLES=$STATE/payload WORK=$SCRATCH RUNTIME=$STATE/runtime
  use_cores own
  gather_status >"$WORK/status"
  if [ "$json" = yes ]; then print_status_json; else print_status; fi
  ! awk -F "$TAB" -v degraded="$J_DEGRADED" '
    $1 == "node" && $5 != "up" { exit off = 1 }
    $1 == "process" && $5 != "running" && $5 != "finished" { exit off = 1 }
    $1 == "end" && $5 != "up" && !($5 == "not shaped" && degraded == "yes") { exit off = 1 }
    END { exit !off }' "$WORK/status"
}

gather_status() {
  owned_namespaces | cut -f 1 >"$WORK/owned"
  awk -F "$TAB" -v dir="$WORK/" '{ file = dir $1 ".shaped"; if (file != last) close(last); last = file; print >file }' "$TABLES/qdiscs"
  DUNE_WORK=$WORK
  export DUNE_WORK
  in_namespaces links "$WORK/owned"
  commands_of_run "$J_RUN" "$J_CGROUP" >"$WORK/pids"
  gather_nodes
  gather_processes
  gather_ends
}

gather_nodes() {
  awk -F "$TAB" '
    FILENAME == ARGV[1] { owned[$1] = 1; next }
    { print "node\t" $1 "\t" $2 "\t" $3 "\t" ($2 in owned ? "up" : "missing") }' "$WORK/owned" "$TABLES/nodes"
}

# A process that has ended with 0 and left others behind has become a daemon.
gather_processes() {
  awk -F "$TAB" -v lab="$DUNE_LAB" -v dir="$STATE/proc/" '
    function first_line(file,    line) { if ((getline line <file) <= 0) line = ""; close(file); return line }
    FILENAME == ARGV[1] { pids[$2] = pids[$2] " " $1; next }
    {
      file = dir $1 "/" $2
      alive = substr(pids[lab "/" $1 "/" $2], 2)
      code = first_line(file ".exit")
      own = first_line(file ".pid")
      if (code == "" && alive == "" && own != "" && first_line("/proc/" own "/stat") != "") alive = own
      if (code == "") state = alive == "" ? "gone" : "running"
      else if (code == 0) state = alive == "" ? "finished" : "running"
      else state = "exited"
      print "process\t" $1 "\t" $2 "\t" $3 "\t" state "\t" (code == "" ? "-" : code) "\t" (alive == "" ? "-" : alive)
    }' "$WORK/pids" "$TABLES/processes"
}

gather_ends() {
  awk -F "$TAB" -v dir="$WORK/" '
    function read_namespace(netns,    line, words, name) {
      while ((getline line <(dir netns ".ip")) > 0) {
        split(line, words, " ")
        name = words[1]
        sub(/@.*/, "", name)
        flags[netns, name] = words[4]
      }
      close(dir netns ".ip")
      while ((getline line <(dir netns ".tc")) > 0) {
        split(line, words, " ")
        queues[netns, words[5]] = queues[netns, words[5]] " " words[2] " "
      }
      close(dir netns ".tc")
    }
    function state(netns, name) {
      if (!((netns, name) in flags)) return "missing"
      if (flags[netns, name] !~ /[<,]UP[,>]/ || flags[netns, name] !~ /LOWER_UP/) return "down"
      if ((netns, name) in rate && !index(queues[netns, name], " tbf ")) return "not shaped"
      if ((netns, name) in delay && !index(queues[netns, name], " netem ")) return "not shaped"
      return "up"
    }
    function end(link, netns, name) { print "end\t" link "\t" netns "\t" name "\t" state(netns, name) }
    FILENAME == ARGV[1] { read_namespace($1); next }
    FILENAME == ARGV[2] { if ($3 != "-") rate[$1, $2] = 1; if ($5 != "-") delay[$1, $2] = 1; next }
    FILENAME == ARGV[3] { end($10, $1, $2); end($10, $5, $6); next }
    { end($9, $1, $2) }' "$WORK/owned" "$TABLES/qdiscs" "$TABLES/veths" "$TABLES/tunnels"
}

print_status() {
  awk -F "$TAB" -v lab="$DUNE_LAB" -v phynode="$DUNE_PHYNODE" -v degraded="$J_DEGRADED" '
    function head(title) { if (title != last) print title; last = title }
    BEGIN { print "lab " lab ", phynode " phynode ": up" (degraded == "yes" ? " (degraded: no netem)" : "") }
    $1 == "node" { head("nodes"); printf "  %-24s %s\n", $2, $5 }
    $1 == "process" {
      head("processes")
      printf "  %-24s %s%s%s%s\n", $2 "/" $3, $5, ($5 == "exited" ? " " $6 : ""), ($4 == "-" ? "" : ", cores " $4), ($7 == "-" ? "" : ", pids " $7)
    }
    $1 == "end" { head("links"); printf "  %-24s %s:%s %s\n", $2, $3, $4, $5 }' "$WORK/status"
}

print_status_json() {
  awk -F "$TAB" -v lab="$DUNE_LAB" -v phynode="$DUNE_PHYNODE" -v degraded="$J_DEGRADED" '
    function quote(text) { gsub(/\\/, "\\\\", text); gsub(/"/, "\\\"", text); return "\"" text "\"" }
    function list(text, separator,    parts, count, i, out) {
      if (text == "-") return "[]"
      count = split(text, parts, separator)
      for (i = 1; i <= count; i++) out = out (i > 1 ? "," : "") parts[i]
      return "[" out "]"
    }
    function add(kind, object) { objects[kind] = objects[kind] (objects[kind] == "" ? "" : ",") object }
    $1 == "node" {
      add("nodes", "{\"name\":" quote($2) ",\"netns\":" quote($3) ",\"kind\":" quote($4) ",\"state\":" quote($5) "}")
    }
    $1 == "process" {
      add("processes", "{\"node\":" quote($2) ",\"name\":" quote($3) ",\"cores\":" list($4, ",") ",\"state\":" quote($5) \
        ",\"code\":" ($6 == "-" ? "null" : $6) ",\"pids\":" list($7, " ") "}")
    }
    $1 == "end" {
      add("links", "{\"link\":" quote($2) ",\"netns\":" quote($3) ",\"interface\":" quote($4) ",\"state\":" quote($5) "}")
    }
    END {
      printf "{\"lab\":%s,\"phynode\":%s,\"state\":\"up\",\"degraded\":%s", quote(lab), quote(phynode), (degraded == "yes" ? "true" : "false")
      printf ",\"nodes\":[%s],\"processes\":[%s],\"links\":[%s]}\n", objects["nodes"], objects["processes"], objects["links"]
    }' "$WORK/status"
}
