# 87-apply-starting: what `apply` runs: exec commands, reloads, and processes, with a keeper of their own.

# In nodes that are made all of them, in nodes that stay those that are appended: a helper goes on behind what stands in .ran.
run_new_exec() {
  awk -F "$TAB" '
    FILENAME == ARGV[1] { fresh[$1] = 1; next }
    FILENAME == ARGV[2] { if ($2 in fresh) runs[$1] = 1; next }
    FILENAME == ARGV[3] { runs[$1] = 1; next }
    $1 in runs && !seen[$1]++ { print $1 }' "$WORK/fresh" "$TABLES/nodes" "$WORK/appended" "$TABLES/exec" >"$WORK/exec-nodes"
  forget_old_exec
  specs_of .exec "$WORK/exec-nodes" "$WORK/respec-exec" | write_specs
  while IFS= read -r node; do
    cp "$STATE/proc/$node/.exec" "$STATE/proc/$node/.ran"
  done <"$WORK/respec-exec"
  [ -s "$WORK/exec-nodes" ] || return 0
  count "$(lines "$WORK/exec-nodes")" node
  say "exec in $text"
  detached exec 1 "$WORK/exec-nodes"
}

# of nodes that are made and have nothing to run any more
forget_old_exec() {
  awk -F "$TAB" -v proc="$STATE/proc/" '
    FILENAME == ARGV[1] { fresh[$1] = 1; next }
    FILENAME == ARGV[2] { runs[$1] = 1; next }
    $2 in fresh && !($1 in runs) { print proc $1 "/.exec" }' "$WORK/fresh" "$WORK/exec-nodes" "$TABLES/nodes" | xargs -r rm -f
}

# specs_of .exec LIST…: the lines of work/specs for the exec commands of those nodes; specs_of process LIST…: for those processes
specs_of() {
  what=$1
  shift
  cat "$@" | awk -F "$TAB" -v what="$what" '
    FILENAME == ARGV[1] { wanted[$1, what == ".exec" ? what : $2] = 1; next }
    ($1, $2) in wanted' - "$WORK/specs"
}

# Who starts anew must not see a file that goes, nor its stop hooks one that comes.
stop_what_restarts() {
  : >"$WORK/none"
  stop_these "$WORK/restart" "$WORK/none"
}

# What is to be started may be there already, where `apply` was interrupted.
start_what_comes() {
  specs_of process "$WORK/respec" | write_specs
  reload_processes
  cat "$WORK/restart" "$WORK/start" >"$WORK/to-start"
  if [ -s "$WORK/to-start" ]; then
    count "$(lines "$WORK/to-start")" process
    say "$text"
    stop_if_full
    stop_these "$WORK/start" "$WORK/none"
    specs_of process "$WORK/to-start" | write_specs
    cores_before=$(cat "$STATE/work/cores" 2>/dev/null || own_cores)
    make_missing_cgroups
    list_holders
    awk -F "$TAB" '
      FILENAME == ARGV[1] { starts[$1, $2] = 1; next }
      ($1, $2) in starts' "$WORK/to-start" "$TABLES/processes" >"$WORK/launch"
    launch_processes "$WORK/launch"
  fi
  move_to_free_cores
}

reload_processes() {
  [ -s "$WORK/reload" ] || return 0
  count "$(lines "$WORK/reload")" process
  say "reload: $text"
  specs_of process "$WORK/reload" | write_specs .new
  cut -f 1,2 "$WORK/reload" | tr '\t' ' ' >"$WORK/reload.list"
  detached reload 2 "$WORK/reload.list"
}

make_missing_cgroups() {
  if [ -d "$J_CGROUP" ]; then
    awk -F "$TAB" -v cgroup="$J_CGROUP/" '{ print cgroup $1 ":" $2 }' "$WORK/to-start" | xargs mkdir -p 2>/dev/null || :
  else
    make_cgroups
  fi
}

# work/holders: NODE TAB PID: of each node a process that goes on and is in the node's namespace
list_holders() {
  owned_namespaces >"$WORK/owned"
  pids_in_namespaces "$WORK/owned" >"$WORK/inside"
  commands_of_run "$J_RUN" "$J_CGROUP" | tr / '\t' | awk -F "$TAB" '
    FILENAME == ARGV[1] { netns[$1] = $2; next }
    FILENAME == ARGV[2] { inside[$1] = $2; next }
    FILENAME == ARGV[3] { known[$1, $2] = 1; next }
    ($3, $4) in known && inside[$1] == netns[$3] && !($3 in holder) { holder[$3] = $1; print $3 "\t" $1 }' \
    "$TABLES/nodes" "$WORK/inside" "$TABLES/processes" - >"$WORK/holders"
}

# What is pinned to no core runs beside what is, and that may have changed: keepers, and all that has not chosen its cores.
move_to_free_cores() {
  cores_before=${cores_before:-$(cat "$STATE/work/cores" 2>/dev/null || own_cores)}
  cores_now=$(own_cores)
  [ "$cores_before" != "$cores_now" ] || return 0
  {
    commands_of_run "$J_RUN" "$J_CGROUP" | awk -F "$TAB" '
      FILENAME == ARGV[1] { if ($3 != "-") pinned[$1 "/" $2] = 1; next }
      { what = substr($2, index($2, "/") + 1) }
      !(what in pinned) { print $1 }' "$TABLES/processes" -
    helpers
  } | while read -r pid; do
    grep -lE "^Cpus_allowed_list:[[:space:]]*$cores_before\$" "/proc/$pid/task"/*/status 2>/dev/null
  done | sed 's|.*/task/\([0-9]*\)/status|\1|' | xargs -r -n 1 taskset -cp "$cores_now" >/dev/null 2>&1 || :
  printf '%s\n' "$cores_now" >"$STATE/work/cores"
}
