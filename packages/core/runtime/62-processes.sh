# 62-processes: the processes of the lab, started and stopped; by `up` and `down`, or alone by `start` and `stop`.

start_processes() {
  stop_if_full
  export_run
  record processes starting
  if [ -s "$TABLES/processes" ]; then
    count "$(lines "$TABLES/processes")" process
    say "$text"
    make_cgroups
    launch_processes
    wait_until_launched
    settle_processes
    stop_if_one_died
  fi
  record processes running
}

# what the helpers and the launcher are told by their environment
export_run() {
  DUNE_STATE=$STATE DUNE_RUNTIME=$RUNTIME DUNE_RUN=$RUN DUNE_CGROUP=$CGROUP
  export DUNE_STATE DUNE_RUNTIME DUNE_RUN DUNE_LAB DUNE_CGROUP
}

# The mount namespace that commands start from; see helper_base.
make_base() {
  rm -f "$WORK/base"
  unshare -m --propagation slave sh "$RUNTIME" --helper base </dev/null >/dev/null 2>&1 7>&- 8>&- 9>&- &
  base=$!
  until [ -e "$WORK/base" ]; do
    kill -0 "$base" 2>/dev/null || stop 1 "a mount namespace cannot be made"
    sleep 0.01
  done
  DUNE_BASE=/proc/$base/ns/mnt
  export DUNE_BASE
}

drop_base() {
  unset DUNE_BASE
  kill "$base" 2>/dev/null || :
  wait "$base" 2>/dev/null || :
}

# prints where cgroup v2 is; a mount can be hidden by a later one
find_cgroups() {
  awk '$3 == "cgroup2" { print $2 }' /proc/self/mounts | while read -r path; do
    decode "$path"
    if [ -f "$text/cgroup.procs" ]; then
      printf '%s\n' "$text"
      break
    fi
  done
}

# A cgroup for each process, where the server has cgroup v2 and lets us. Nothing is limited by it.
make_cgroups() {
  CGROUP=$(find_cgroups)
  [ -n "$CGROUP" ] || return 0
  CGROUP=$CGROUP/dune.$DUNE_LAB.$RUN
  [ "$J_CGROUP" = "$CGROUP" ] || record cgroup "$CGROUP"
  J_CGROUP=$CGROUP
  if { mkdir -p "$CGROUP/probe" && sh -c 'echo 0 >"$1/cgroup.procs"' sh "$CGROUP/probe"; } 2>/dev/null; then
    awk -F "$TAB" -v cgroup="$CGROUP/" '{ print cgroup $1 ":" $2 }' "$TABLES/processes" | xargs mkdir -p
    export_run
  fi
}

# The keeper ends with the processes: `stop` and `down` kill it first.
launch_processes() {
  setsid setsid sh "$RUNTIME" --helper keeper </dev/null >/dev/null 2>>"$STATE/work/keeper.err" \
    3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
}

# Each process writes its pid down just before its command begins.
wait_until_launched() {
  read_clock
  launch_until=$((now + 3000))
  while IFS=$TAB read -r node name _; do
    until [ -s "$STATE/proc/$node/$name.pid" ] || [ -s "$STATE/proc/$node/$name.exit" ]; do
      read_clock
      [ "$now" -lt "$launch_until" ] || stop 1 "process $node/$name did not start within 30 s"
      sleep 0.02
    done
  done <"$TABLES/processes"
}

# What dies within 0.3 s has not really started.
settle_processes() {
  read_clock
  launched_at=$now
  awk -F "$TAB" '$3 == "ready" || $3 == "post_up" { if (!seen[$1, $2]++) print $1, $2 }' "$TABLES/hooks" >"$WORK/settle"
  [ ! -s "$WORK/settle" ] || detached settle 2 "$WORK/settle"
  while read_clock && [ "$now" -lt $((launched_at + 30)) ]; do sleep 0.1; done
}

stop_if_one_died() {
  died=0
  while IFS=$TAB read -r node name _; do
    exit_file=$STATE/proc/$node/$name.exit
    [ -s "$exit_file" ] || continue
    read -r code <"$exit_file"
    [ "$code" -ne 0 ] || continue
    died=$((died + 1))
    [ "$died" -le 5 ] || continue
    say "process $node/$name exited with $code right after its start; its log ends with:"
    tail -n 20 "$STATE/log/$node/$name.log" | sed 's/^/    /' >&2
  done <"$TABLES/processes"
  [ "$died" -eq 0 ] || exit 1
}

# stop_processes lab|all: the lab's processes, or all commands of the run with what still is in its namespaces. What does
# not end is listed in work/stuck: PID TAB what it belongs to.
stop_processes() {
  unset DUNE_RUN
  : >"$WORK/stuck"
  kill_helpers
  case $J_PROCESSES in
    starting | running | stopping) run_stop_hooks ;;
  esac
  to_stop "$1" >"$WORK/pids"
  kill_all TERM "$WORK/pids"
  wait_for_end "$1" 200
  kill_all KILL "$WORK/pids"
  [ "$1" = lab ] || kill_rest
  wait_for_end "$1" 500
  cat "$WORK/pids" >>"$WORK/stuck"
  report_stuck
  [ "$left" -ne 0 ] || remove_cgroups
}

# What was begun by `exec` or in a shell is none of the lab's processes.
to_stop() {
  if [ "$1" = lab ]; then
    commands_of_run "$J_RUN" "$J_CGROUP" | grep -v '/\.exec$' || :
  else
    commands_of_run "$J_RUN" "$J_CGROUP"
  fi
}

# wait_for_end lab|all HUNDREDTHS
wait_for_end() {
  read_clock
  stop_until=$((now + $2))
  to_stop "$1" >"$WORK/pids"
  while [ -s "$WORK/pids" ] && [ "$now" -lt "$stop_until" ]; do
    sleep 0.05
    to_stop "$1" >"$WORK/pids"
    read_clock
  done
}

# kill_all SIGNAL LIST: a pid may be gone already
kill_all() {
  while read -r pid _; do kill -s "$1" "$pid" 2>/dev/null || :; done <"$2"
}

# Helpers first, so that none starts anything more.
kill_helpers() {
  if [ -s "$WORK/setup.group" ]; then
    read -r leader <"$WORK/setup.group"
    # Another process may have that number by now.
    ! grep -qszE "^DUNE_SETUP=$J_RUN\$" "/proc/$leader/environ" || kill -KILL "-$leader" 2>/dev/null || :
  fi
  rounds=0
  while [ "$rounds" -lt 50 ]; do
    helpers >"$WORK/pids"
    [ -s "$WORK/pids" ] || return 0
    kill_all KILL "$WORK/pids"
    rounds=$((rounds + 1))
  done
}

# of this run, but not the user's own
helpers() {
  commands_of_run "$J_RUN" "$J_CGROUP" | cut -f 1 >"$WORK/commands"
  pids_of_run "$J_RUN" | lines_not_in "$WORK/commands"
}

run_stop_hooks() {
  awk -F "$TAB" '$3 == "pre_down" || $3 == "down" { if (!seen[$1, $2]++) print $1, $2 }' "$TABLES/hooks" >"$WORK/hooked"
  [ -s "$WORK/hooked" ] || return 0
  DUNE_RUN=$J_RUN DUNE_CGROUP=$J_CGROUP DUNE_STATE=$STATE DUNE_RUNTIME=$RUNTIME DUNE_LAB=$DUNE_LAB \
    xargs -P 8 -n 2 sh "$RUNTIME" --helper before_stop <"$WORK/hooked" || :
}

# Whatever is still in the lab's namespaces: one pass over all processes. The kernel gives the inode of a namespace that is
# gone to the next one, which may be a neighbour's; so only those count that still have their names.
kill_rest() {
  owned_namespaces >"$WORK/owned"
  read_clock
  rest_until=$((now + 300))
  while [ "$now" -lt "$rest_until" ]; do
    pids_in_namespaces "$WORK/owned" >"$WORK/pids"
    [ -s "$WORK/pids" ] || return 0
    kill_all KILL "$WORK/pids"
    sleep 0.05
    read_clock
  done
  cut -f 1 "$WORK/pids" | sed "s|\$|$TAB$DUNE_LAB/a command|" >>"$WORK/stuck"
}

# pids_in_namespaces LIST: PID TAB NETNS of all processes in those namespaces (a list of names and inodes)
pids_in_namespaces() {
  printf '%s\n' /proc/[0-9]*/ns/net | xargs stat -L -c '%i %n' 2>/dev/null >"$WORK/all-pids" || :
  awk '
    FILENAME == ARGV[1] { name[$2] = $1; next }
    $1 in name { split($2, path, "/"); print path[3] "\t" name[$1] }' "$1" "$WORK/all-pids"
}

# Even SIGKILL waits for a process that waits in the kernel. Where it is, its namespace stays, and the journal.
report_stuck() {
  [ -s "$WORK/stuck" ] || return 0
  left=1
  awk -F "$TAB" '
    !($1 in what) || what[$1] ~ / / { what[$1] = $2 }
    END { for (pid in what) print pid "\t" what[pid] }' "$WORK/stuck" | sort -n >"$WORK/stuck.once"
  while IFS=$TAB read -r pid what; do
    state=$(sed -n 's/^State:[[:space:]]*//p' "/proc/$pid/status" 2>/dev/null) || continue
    say "process ${what#*/} (pid $pid) does not end; its state is $state"
  done <"$WORK/stuck.once"
}

# The kernel may take a moment to see that a cgroup is empty.
remove_cgroups() {
  [ -d "$J_CGROUP" ] || return 0
  rounds=0
  until printf '%s\0' "$J_CGROUP"/* | xargs -0 rmdir 2>/dev/null; [ ! -d "$J_CGROUP" ] || rmdir "$J_CGROUP" 2>/dev/null; do
    rounds=$((rounds + 1))
    if [ "$rounds" -gt 40 ]; then
      say "the cgroup $J_CGROUP cannot be removed"
      left=1
      return 0
    fi
    sleep 0.05
  done
}
