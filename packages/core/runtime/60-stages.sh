# 60-stages: what runs the user's own commands: setup, files, exec, processes.

# detached HELPER COUNT [LIST]: a helper for every COUNT words of the list, in a session of its own. Waiting for it can
# be interrupted, so that a signal undoes the lab at once instead of after the command. `&` would make the user's
# commands ignore SIGINT; `setsid setsid` forks without that.
detached() {
  rm -f "$WORK/done" # an interrupted start may have left it
  mkfifo "$WORK/done"
  cat "$WORK/done" >/dev/null 8>&- 9>&- &
  waiter=$!
  setsid setsid sh "$RUNTIME" --helper spread "$FREE_COUNT" "$2" "$1" <"$3" >/dev/null 2>>"$WORK/failures" 7>"$WORK/done" 8>&- 9>&-
  wait "$waiter"
  rm -f "$WORK/done"
  stop_on_failures
}

run_setup() {
  cut -f 1 "$TABLES/setup" | grep -qxF "$1" || return 0
  say "setup.$1"
  printf '%s\n' "$1" >"$WORK/when"
  detached setup 1 "$WORK/when"
}

run_exec() {
  [ -s "$TABLES/exec" ] || return 0
  count "$(lines "$TABLES/exec")" command
  say "exec: $text"
  cut -f 1 "$TABLES/exec" | uniq >"$WORK/exec-nodes"
  detached exec 1 "$WORK/exec-nodes"
}
