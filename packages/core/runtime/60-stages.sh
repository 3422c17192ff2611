# 60-stages: what runs the user's own commands: setup, files, exec, processes.

# detached HELPER COUNT [LIST]: a helper for every COUNT words of the list, in a session of its own. Waiting for it can
# be interrupted, so that a signal undoes the lab at once instead of after the command. `&` would make the user's
# commands ignore SIGINT; `setsid setsid` forks without that.
detached() {
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

make_files() {
  [ -s "$WORK/files" ] || return 0
  count "$(lines "$WORK/files")" file
  say "$text"
  (
    umask 022
    while IFS= read -r path; do
      decode "$path"
      [ -d "$text" ] || printf '%s\0' "$text"
    done <"$WORK/dirs" | xargs -0 -r mkdir
  ) >"$WORK/dirs.out" 2>&1 || stop 1 "a directory for files cannot be made: $(head -n 1 "$WORK/dirs.out")"
  awk -v dir="$WORK/files." '{
    file = dir int((NR - 1) / 25)
    if (file != last) { close(last); print file }
    last = file
    print >file
  }' "$WORK/files" >"$WORK/chunks"
  xargs -P "$FREE_COUNT" -n 1 sh "$RUNTIME" --helper files <"$WORK/chunks" || :
  stop_on_failures
}

run_exec() {
  [ -s "$TABLES/exec" ] || return 0
  count "$(lines "$TABLES/exec")" command
  say "exec: $text"
  cut -f 1 "$TABLES/exec" | uniq >"$WORK/exec-nodes"
  detached exec 1 "$WORK/exec-nodes"
}

start_processes() {
  [ -s "$TABLES/processes" ] || return 0
  count "$(lines "$TABLES/processes")" process
  say "$text"
  record launched
  while IFS=$TAB read -r node name _; do
    setsid setsid sh "$RUNTIME" --helper process "$node" "$name" </dev/null >>"$STATE/log/$node/$name.log" 2>&1 \
      3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
  done <"$TABLES/processes"
  wait_until_launched
  read_clock
  launched_at=$now
  awk -F "$TAB" '$3 == "ready" || $3 == "post_up" { if (!seen[$1, $2]++) print $1, $2 }' "$TABLES/hooks" >"$WORK/settle"
  [ ! -s "$WORK/settle" ] || detached settle 2 "$WORK/settle"
  while read_clock && [ "$now" -lt $((launched_at + 30)) ]; do sleep 0.1; done
  stop_if_one_died
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
