# 64-stopping: the processes of the lab stopped, alone by `stop`, or with all else that runs in it by `down`.

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

# kill_helpers [but-keepers]: helpers first, so that none starts anything more
kill_helpers() {
  for group in "$STATE/work/setup.group" "$NEXT/work/setup.group"; do
    if [ -s "$group" ]; then
      read -r leader <"$group"
      # Another process may have that number by now.
      ! grep -qszE "^DUNE_SETUP=$J_RUN\$" "/proc/$leader/environ" || kill -KILL "-$leader" 2>/dev/null || :
    fi
  done
  rounds=0
  while [ "$rounds" -lt 50 ]; do
    helpers "${1-}" >"$WORK/pids"
    [ -s "$WORK/pids" ] || return 0
    kill_all KILL "$WORK/pids"
    rounds=$((rounds + 1))
  done
}

# helpers [but-keepers]: of this run, but not the user's own; keepers are the parents of processes that may go on
helpers() {
  commands_of_run "$J_RUN" "$J_CGROUP" | cut -f 1 >"$WORK/commands"
  pids_of_run "$J_RUN" | lines_not_in "$WORK/commands" >"$WORK/helpers"
  : >"$WORK/keepers"
  [ -z "${1-}" ] || sed 's|.*|/proc/&/cmdline|' "$WORK/helpers" | xargs -r grep -lsz '^keeper$' |
    sed 's|^/proc/||; s|/cmdline$||' >"$WORK/keepers" || :
  # A keeper waits in a `sleep` of its own.
  awk '
    function parent(pid,    line) {
      if ((getline line <("/proc/" pid "/stat")) <= 0) return 0
      close("/proc/" pid "/stat")
      sub(/.*[)] [^ ]* /, "", line)
      return line + 0
    }
    FILENAME == ARGV[1] { keeper[$1] = 1; next }
    !($1 in keeper) && !(parent($1) in keeper)' "$WORK/keepers" "$WORK/helpers"
}

# What a process was started with says how it is stopped, also in a lab that is between two versions.
run_stop_hooks() {
  list_hooked >"$WORK/hooked"
  run_listed_stop_hooks
}

# list_hooked: NODE PROCESS of all that have something to run before they are stopped
list_hooked() {
  find "$STATE/proc/" -name '*.spec' 2>/dev/null | sort | tr '\n' '\0' |
    xargs -0 -r grep -lE "^(pre_down|down)$TAB" | sed 's|\.spec$||; s|.*/\([^/]*\)/\([^/]*\)$|\1 \2|'
}

run_listed_stop_hooks() {
  [ -s "$WORK/hooked" ] || return 0
  DUNE_RUN=$J_RUN DUNE_CGROUP=$J_CGROUP DUNE_STATE=$STATE DUNE_RUNTIME=$RUNTIME DUNE_WORK=$WORK \
    DUNE_LAB=$DUNE_LAB xargs -P 8 -n 2 sh "$RUNTIME" --helper before_stop <"$WORK/hooked" || :
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
