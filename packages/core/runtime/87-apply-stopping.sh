# 87-apply-stopping: what `apply` stops: single processes by name, and all that runs in namespaces that go.

# Before a namespace goes, it is no longer said that its node has run its exec commands.
stop_what_goes() {
  while IFS=$TAB read -r node name _; do rm -f "$STATE/proc/$node/$name.spec"; done <"$WORK/forget"
  owned_namespaces | awk -F "$TAB" '
    FILENAME == ARGV[1] { goes[$1] = 1; next }
    $1 in goes' "$WORK/gone" - >"$WORK/namespaces-gone"
  awk -F "$TAB" -v proc="$STATE/proc/" '
    FILENAME == ARGV[1] || FILENAME == ARGV[2] { anew[$1] = 1; next }
    $2 in anew { print proc $1 "/.ran" }' "$WORK/gone" "$WORK/fresh" "$HAVE/nodes" "$TABLES/nodes" | sort -u | xargs -r rm -f
  if [ -s "$WORK/stop-now" ]; then
    count "$(lines "$WORK/stop-now")" process
    say "$text stopped"
  fi
  stop_these "$WORK/stop-now" "$WORK/namespaces-gone"
}

# stop_these LIST NAMESPACES: the processes of the list (NODE TAB PROCESS…) with their hooks, and whatever is in the
# namespaces (name TAB inode). What a process was started with goes before it does: after a crash it is one that has to be
# stopped or started, and never one that has ended by itself.
stop_these() {
  [ -s "$1" ] || [ -s "$2" ] || return 0
  STOP_LIST=$1 STOP_NAMESPACES=$2
  if [ "$J_PROCESSES" != stopped ]; then
    cut -f 1,2 "$1" | tr '\t' ' ' >"$WORK/may-be-hooked"
    list_hooked | lines_in "$WORK/may-be-hooked" >"$WORK/hooked"
    run_listed_stop_hooks
    # As in `down`: what fails there is said, and keeps nothing up.
    [ ! -s "$WORK/failures" ] || say "$(cat "$WORK/failures")"
    : >"$WORK/failures"
  fi
  list_hidden
  while IFS=$TAB read -r node name _; do
    for ending in spec pid exit ready starting; do printf '%s\n' "$STATE/proc/$node/$name.$ending"; done
  done <"$1" | xargs -r rm -f
  pids_of_these >"$WORK/pids"
  kill_all TERM "$WORK/pids"
  wait_for_these 200
  kill_all KILL "$WORK/pids"
  wait_for_these 500 KILL
  while IFS=$TAB read -r pid what; do
    printf 'process %s (pid %s) does not end\n' "$what" "$pid"
  done <"$WORK/pids" >>"$WORK/failures"
  if [ -d "$J_CGROUP" ]; then
    awk -F "$TAB" -v cgroup="$J_CGROUP/" '{ print cgroup $1 ":" $2 }' "$1" | xargs -r rmdir 2>/dev/null || :
  fi
  stop_on_failures
}

# work/hidden: PID TAB NODE/PROCESS of those that neither their environment nor a cgroup tells, with what is in their
# session: known by the number that they were started with, and by being in their node.
list_hidden() {
  commands_of_run "$J_RUN" "$J_CGROUP" | cut -f 1 >"$WORK/known-pids"
  : >"$WORK/hidden"
  while IFS=$TAB read -r node name _; do
    pid=
    { read -r pid <"$STATE/proc/$node/$name.pid"; } 2>/dev/null || :
    [ -z "$pid" ] || printf '%s\t%s\t%s\n' "$pid" "$node" "$name"
  done <"$STOP_LIST" >"$WORK/numbers"
  cut -f 1 "$WORK/numbers" | lines_not_in "$WORK/known-pids" | while read -r pid; do
    ! kill -0 "$pid" 2>/dev/null || printf '%s\n' "$pid"
  done >"$WORK/unknown-pids"
  [ -s "$WORK/unknown-pids" ] || return 0
  owned_namespaces >"$WORK/owned"
  pids_in_namespaces "$WORK/owned" >"$WORK/inside"
  printf '%s\n' /proc/[0-9]*/stat | xargs cat 2>/dev/null | awk -F "$TAB" '
    FILENAME == ARGV[1] { unknown[$1] = 1; next }
    FILENAME == ARGV[2] { if ($1 in unknown) { node[$1] = $2; name[$1] = $3 } next }
    FILENAME == ARGV[3] { netns[$1, $2] = 1; next }
    FILENAME == ARGV[4] { inside[$1] = $2; next }
    {
      pid = $0 + 0
      sub(/.*[)] /, "")
      split($0, of, " ")
      session = of[4]
      if (session in node && (node[session], inside[pid]) in netns) print pid "\t" node[session] "/" name[session]
    }' "$WORK/unknown-pids" "$WORK/numbers" "$HAVE/nodes" "$WORK/inside" - >"$WORK/hidden"
}

# PID TAB what it is, of all that is to be stopped and still runs
pids_of_these() {
  {
    commands_of_run "$J_RUN" "$J_CGROUP" | awk -F "$TAB" '
      FILENAME == ARGV[1] { stops[$1 "/" $2] = 1; next }
      { what = substr($2, index($2, "/") + 1) }
      what in stops { print $1 "\t" what }' "$STOP_LIST" -
    while read -r pid what; do
      ! kill -0 "$pid" 2>/dev/null || printf '%s\t%s\n' "$pid" "$what"
    done <"$WORK/hidden"
    [ ! -s "$STOP_NAMESPACES" ] || pids_in_namespaces "$STOP_NAMESPACES" | sed 's|$|/a command|'
  } | awk -F "$TAB" '!seen[$1]++'
}

# wait_for_these HUNDREDTHS [SIGNAL]: until nothing is left of them; work/pids is what is. Looking whether those that are
# known have ended costs much less than looking for all.
wait_for_these() {
  read_clock
  stop_until=$((now + $1))
  while [ -s "$WORK/pids" ] && [ "$now" -lt "$stop_until" ]; do
    rounds=0
    while [ "$rounds" -lt 10 ] && one_is_alive; do
      sleep 0.02
      rounds=$((rounds + 1))
    done
    pids_of_these >"$WORK/pids"
    [ -z "${2-}" ] || kill_all "$2" "$WORK/pids"
    read_clock
  done
}

one_is_alive() {
  while read -r pid _; do
    ! kill -0 "$pid" 2>/dev/null || return 0
  done <"$WORK/pids"
  return 1
}
