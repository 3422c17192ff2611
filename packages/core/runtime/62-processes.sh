# 62-processes: the processes of the lab started, by `up` or alone by `start`.

start_processes() {
  stop_if_full
  export_run
  record processes starting
  if [ -s "$TABLES/processes" ]; then
    count "$(lines "$TABLES/processes")" process
    say "$text"
    make_cgroups
    launch_processes "$TABLES/processes"
  fi
  record processes running
}

# what the helpers and the launcher are told by their environment
export_run() {
  DUNE_STATE=$STATE DUNE_RUNTIME=$RUNTIME DUNE_RUN=$RUN DUNE_CGROUP=$CGROUP DUNE_WORK=$WORK DUNE_TABLES=$TABLES
  export DUNE_STATE DUNE_RUNTIME DUNE_RUN DUNE_LAB DUNE_CGROUP DUNE_WORK DUNE_TABLES
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
  # Everybody can read its name, which therefore is not that of the run.
  read -r unique </proc/sys/kernel/random/uuid
  CGROUP=$CGROUP/dune.$DUNE_LAB.$unique
  record cgroup "$CGROUP"
  J_CGROUP=$CGROUP
  if { mkdir -p "$CGROUP/probe" && sh -c 'echo 0 >"$1/cgroup.procs"' sh "$CGROUP/probe"; } 2>/dev/null; then
    awk -F "$TAB" -v cgroup="$CGROUP/" '{ print cgroup $1 ":" $2 }' "$TABLES/processes" | xargs mkdir -p
    export_run
  fi
}

# launch_processes LIST: starts them, rows of the table `processes`, and waits until they are ready. Their keeper ends with
# them: `stop` and `down` kill it first. work/cores of the lab is what those run on that are pinned to no core.
launch_processes() {
  own_cores >"$STATE/work/cores"
  list_settling "$1"
  setsid setsid sh "$RUNTIME" --helper keeper "$1" </dev/null >/dev/null 2>>"$STATE/work/keeper.err" \
    3>&- 4>&- 5>&- 6>&- 7>&- 8>&-
  wait_until_launched "$1"
  settle_processes
  stop_if_one_died "$1"
}

# prints the cores that this shell, and so what it starts, may use
own_cores() {
  sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' "/proc/$$/status"
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
  done <"$1"
}

# list_settling LIST: work/settle: NODE PROCESS of those that have `ready` or `post_up`. Until both are done there is
# proc/NODE/PROCESS.starting, so that an `apply` that goes on knows whose start was interrupted.
list_settling() {
  awk -F "$TAB" '
    FILENAME == ARGV[1] { launched[$1, $2] = 1; next }
    ($3 == "ready" || $3 == "post_up") && ($1, $2) in launched { if (!seen[$1, $2]++) print $1, $2 }' \
    "$1" "$TABLES/hooks" >"$WORK/settle"
  while read -r node name; do : >"$STATE/proc/$node/$name.starting"; done <"$WORK/settle"
}

# What dies within 0.3 s has not really started.
settle_processes() {
  read_clock
  launched_at=$now
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
  done <"$1"
  [ "$died" -eq 0 ] || exit 1
}
