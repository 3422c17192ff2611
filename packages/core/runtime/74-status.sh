# 74-status: `status`: how the lab is. It gathers records, which 75-status-output prints:
#   node NAME NETNS KIND STATE / process NODE NAME CORES STATE CODE PIDS / end LINK NODE NETNS INTERFACE STATE / drift …

command_status() {
  json=no
  for option in "$@"; do
    [ "$option" = --json ] || stop 1 "status knows no '$option'" "sh $0 help"
    json=yes
  done
  need_root
  find_run
  if ! is_up_here; then
    [ "$json" = no ] || print_not_up_json
    need_up
  fi
  clean_up_at_end
  make_scratch
  use_tables
  WORK=$SCRATCH RUNTIME=$STATE/runtime
  load_lab
  use_cores own
  gather_status
  if [ "$json" = yes ]; then print_status_json; else print_status; fi
  ! grep -q "^drift$TAB" "$WORK/status"
}

# is_up_here: after find_run, whether the whole of this phynode's lab is up
is_up_here() {
  case $run_is in up | between) ;; *) return 1 ;; esac
  [ "$J_PHYNODE" = "$DUNE_PHYNODE" ]
}

# the records, in work/status
gather_status() {
  look_at_namespaces "$TABLES"
  find_known_underlay
  commands_of_run "$J_RUN" "$J_CGROUP" >"$WORK/pids"
  gather_nodes >"$WORK/nodes"
  gather_processes >"$WORK/processes"
  gather_actual "$WORK/seen"
  gather_wanted
  {
    cat "$WORK/nodes" "$WORK/processes"
    gather_ends
    [ "$run_is" = up ] || printf 'drift\t-\t-\t-\tapply\tdone\tinterrupted\t%s\n' \
      "'apply' is at work or was interrupted; wait, or run it again"
    drift_of_underlay
    drift_of_nodes
    drift_of_interfaces
    drift_of_sysctls
    drift_of_routes
    drift_of_processes
    drift_of_files
  } >"$WORK/status"
}

# work/underlay is what was found when the tunnels were made: remote, device, its MTU, the MTU that is needed.
find_known_underlay() {
  : >"$WORK/underlay"
  [ ! -s "$TABLES/tunnels" ] || [ ! -f "$STATE/work/underlay" ] || cat "$STATE/work/underlay" >"$WORK/underlay"
}

gather_nodes() {
  awk -F "$TAB" '
    FILENAME == ARGV[1] { owned[$1] = 1; next }
    FILENAME == ARGV[2] { found[$1] = 1; next }
    {
      state = $2 in owned ? "up" : $2 in found ? "replaced" : "missing"
      print "node\t" $1 "\t" $2 "\t" $3 "\t" state
    }' "$WORK/owned" "$WORK/found" "$TABLES/nodes"
}

# A process that has ended with 0 and left others behind has become a daemon. One that hides its environment is known
# by the number that it was started with.
gather_processes() {
  awk -F "$TAB" -v lab="$DUNE_LAB" -v dir="$STATE/proc/" -v mode="$J_PROCESSES" '
    function first_line(file,    line) { if ((getline line <file) <= 0) line = ""; close(file); return line }
    FILENAME == ARGV[1] { pids[$2] = pids[$2] " " $1; next }
    {
      file = dir $1 "/" $2
      alive = substr(pids[lab "/" $1 "/" $2], 2)
      code = first_line(file ".exit")
      own = mode == "running" ? first_line(file ".pid") : ""
      if (code == "" && alive == "" && own != "" && first_line("/proc/" own "/stat") != "") alive = own
      if (alive != "" && (code == "" || code == 0)) state = "running"
      else if (mode != "running") state = alive == "" ? "stopped" : "running"
      else if (code == "") state = "gone"
      else state = code == 0 ? "finished" : "exited"
      print "process\t" $1 "\t" $2 "\t" $3 "\t" state "\t" (code == "" ? "-" : code) "\t" (alive == "" ? "-" : alive)
    }' "$WORK/pids" "$TABLES/processes"
}

# A `start` or `stop` that has not ended is said once, and not of every process.
drift_of_processes() {
  awk -F "$TAB" -v mode="$J_PROCESSES" '
    function drift(wanted, actual, words) { print "drift", $2, "-", $3, "process", wanted, actual, words }
    BEGIN {
      OFS = "\t"
      wanted = mode == "running" || mode == "starting" ? "running" : "stopped"
      if (mode == "starting" || mode == "stopping") {
        command = mode == "starting" ? "start" : "stop"
        print "drift", "-", "-", "-", "processes", wanted, mode, \
          "\047" command "\047 of the processes is at work or was interrupted; wait, or run \047" command "\047 again"
        exit
      }
    }
    wanted == "stopped" && $5 == "running" { drift(wanted, $5, "is running, wanted stopped") }
    $5 == "exited" { drift(wanted, "exited " $6, "has exited with " $6 ", wanted running") }
    $5 == "gone" { drift(wanted, $5, "is gone without an exit code, wanted running") }' "$WORK/processes"
}

gather_ends() {
  awk -F "$TAB" '
    function state(netns, name) {
      if (!((netns, name) in carries)) return "missing"
      if (!carries[netns, name]) return "down"
      if ((netns, name) in rate && queues[netns, name] !~ / tbf /) return "not shaped"
      if ((netns, name) in delay && queues[netns, name] !~ / netem /) return "not shaped"
      return "up"
    }
    function end(link, netns, name) {
      print "end\t" link "\t" node[netns] "\t" netns "\t" name "\t" state(netns, name)
    }
    FILENAME == ARGV[1] && $2 == "if" { carries[$1, $3] = $9 == "yes" && $10 == "yes"; next }
    FILENAME == ARGV[1] { if ($2 == "queue") queues[$1, $3] = queues[$1, $3] " " $4 " "; next }
    FILENAME == ARGV[2] { if ($3 != "-") rate[$1, $2] = 1; if ($5 != "-") delay[$1, $2] = 1; next }
    FILENAME == ARGV[3] { node[$2] = $1; next }
    FILENAME == ARGV[4] { end($10, $1, $2); end($10, $5, $6); next }
    { end($9, $1, $2) }' "$WORK/is" "$TABLES/qdiscs" "$TABLES/nodes" "$TABLES/veths" "$TABLES/tunnels"
}
