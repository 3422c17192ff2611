# 14-process-helpers: what runs the user's commands beside the runtime, shells that end with their step: setup, files,
# exec, ready, post_up and the stop hooks.

# field KEY NODE PROCESS: sets `value` to that key of the process's spec, or fails where it has none
field() {
  while IFS=$TAB read -r key value; do
    [ "$key" != "$1" ] || return 0
  done <"$DUNE_STATE/proc/$2/$3.spec"
  return 1
}

# The setup commands of the server itself, one after the other. `apply` wants those that have succeeded in DUNE_SETUP_RUN.
helper_setup() {
  log=$DUNE_STATE/log/setup.log
  cd "$DUNE_STATE/root"
  while IFS=$TAB read -r when number encoded; do
    [ "$when" = "$1" ] || continue
    decode "$encoded"
    code=0
    setsid sh "$DUNE_RUNTIME" --helper leader "$DUNE_WORK/setup.group" \
      env -i PATH="$DUNE_STATE/payload/bin:$SYSTEM_PATH" HOME=/root LC_ALL=C \
      DUNE_SETUP="$DUNE_RUN" /bin/sh -c "$text" </dev/null >>"$log" 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- || code=$?
    rm -f "$DUNE_WORK/setup.group"
    [ "$code" -eq 0 ] || failed "setup.$when exited with $code: $encoded" "$log"
    [ -z "${DUNE_SETUP_RUN-}" ] || printf '%s\t%s\t%s\n' "$when" "$number" "$encoded" >>"$DUNE_SETUP_RUN"
  done <"$DUNE_TABLES/setup"
}

# The exec commands of one node, one after the other; those that it has run already stand in .ran.
helper_exec() {
  node=$1 log=$DUNE_STATE/log/$1/+exec.log already=0
  [ ! -f "$DUNE_STATE/proc/$node/.ran" ] || already=$(grep -c "^run$TAB" "$DUNE_STATE/proc/$node/.ran" || :)
  while IFS=$TAB read -r key limit encoded; do
    case $key in
      netns) namespace=$limit ;;
      run) already=$((already - 1)) ;;
    esac
    case $key$already in
      run-*) ;;
      *) continue ;;
    esac
    decode "$encoded"
    code=0
    enter "$namespace" "$node/.exec" - /bin/sh -c "$text" </dev/null >>"$log" 2>&1 || code=$?
    [ "$code" -eq 0 ] || command_failed "exec of node $node"
  done <"$DUNE_STATE/proc/$node/.exec"
  cp "$DUNE_STATE/proc/$node/.exec" "$DUNE_STATE/proc/$node/.ran"
}

# command_failed WHOSE: after a bounded command that has ended with `code`; `encoded` is how the table has it
command_failed() {
  what_happened "$code"
  failed "$1 $text: $encoded" "$log"
}

# Waits until a process is ready, then runs its post_up commands.
helper_settle() {
  node=$1 name=$2
  spec=$DUNE_STATE/proc/$node/$name.spec log=$DUNE_STATE/log/$node/$name.log
  ready=no
  if field ready "$node" "$name"; then
    ready=yes
    decode "$value"
    until_ready "$text"
  fi
  while IFS=$TAB read -r hook encoded; do
    [ "$hook" = post_up ] || continue
    decode "$encoded"
    after_up "$text"
  done <"$spec"
  rm -f "${spec%.spec}.starting"
}

until_ready() {
  ready_command=$1
  field timeout "$node" "$name"
  ready_timeout=$value
  read_clock
  ready_until=$((now + ready_timeout * 100))
  limit=$ready_timeout
  while ! in_process "$node" "$name" - /bin/sh -c "$ready_command" </dev/null >"${spec%.spec}.ready" 2>&1; do
    stop_if_dead
    read_clock
    [ "$now" -lt "$ready_until" ] || never_ready
    limit=$(((ready_until - now + 99) / 100))
    sleep 0.15
  done
}

never_ready() {
  text="process $node/$name was not ready within $ready_timeout s"
  [ ! -s "${spec%.spec}.ready" ] || failed "$text; its 'ready' command said last" "${spec%.spec}.ready"
  [ ! -s "$log" ] || failed "$text; its log ends with" "$log"
  failed "$text; neither it nor its 'ready' command said anything" /dev/null
}

# Without a ready command a post_up command is tried for 5 s.
after_up() {
  read_clock
  after_until=$((now + 500))
  limit=60
  until
    code=0
    in_process "$node" "$name" - /bin/sh -c "$1" </dev/null >>"$log" 2>&1 || code=$?
    [ "$code" -eq 0 ]
  do
    stop_if_dead
    read_clock
    if [ "$ready" = yes ] || [ "$now" -ge "$after_until" ]; then command_failed "post_up of process $node/$name"; fi
    sleep 0.15
  done
}

# The runtime itself reports a process that has died.
stop_if_dead() {
  if [ -s "${spec%.spec}.exit" ]; then
    read -r died <"${spec%.spec}.exit"
    [ "$died" -eq 0 ] || exit 0
  fi
}

# Tells a process to read its files again; what it was started with is written down when that has worked. Until then
# nobody knows what it has read.
helper_reload() {
  node=$1 name=$2 limit=60
  spec=$DUNE_STATE/proc/$node/$name.spec log=$DUNE_STATE/log/$node/$name.log
  echo unsure >>"$spec"
  while IFS=$TAB read -r hook encoded; do
    [ "$hook" = reload ] || continue
    decode "$encoded"
    code=0
    in_process "$node" "$name" - /bin/sh -c "$text" </dev/null >>"$log" 2>&1 || code=$?
    [ "$code" -eq 0 ] || command_failed "reload of process $node/$name"
  done <"$spec.new"
  mv -f "$spec.new" "$spec"
}

# The pre_down commands of a process, then its down commands; a failure is only reported.
helper_before_stop() {
  node=$1 name=$2 limit=10
  for wanted in pre_down down; do
    while IFS=$TAB read -r hook encoded; do
      [ "$hook" = "$wanted" ] || continue
      decode "$encoded"
      code=0
      in_process "$node" "$name" - /bin/sh -c "$text" </dev/null >>"$DUNE_STATE/log/$node/$name.log" 2>&1 || code=$?
      if [ "$code" -ne 0 ]; then
        what_happened "$code"
        printf '%s of process %s/%s %s: %s\n' "$wanted" "$node" "$name" "$text" "$encoded" >>"$DUNE_WORK/failures"
      fi
    done <"$DUNE_STATE/proc/$node/$name.spec"
  done
}

# One chunk of the files: each is written beside its place, linked into it, and then written down as made. What another
# program has put there since the check is left alone, also by `down`; until the second name goes, it tells whose file it is.
helper_files() {
  chunk=$1
  shift
  while IFS=$TAB read -r path mode content temporary owner how; do
    decode "$path"
    target=$text
    decode "$temporary"
    [ "$how" = replace ] || ! { [ -e "$target" ] || [ -L "$target" ]; } ||
      failed "file $path: another program has just made it" /dev/null
    { write_file && put_in_place; } 2>"$chunk.out" || failed "file $path cannot be written" "$chunk.out"
    set -- "$@" "$text"
  done <"$chunk"
  # The power may go: what tells whose the files are must be on the disk before the second names go.
  sync "$DUNE_STATE/journal" 2>/dev/null || sync
  rm -f -- "$@"
}

write_file() {
  (set -C && cat "$DUNE_TABLES/content/$content" >"$text") || return 1
  # Once it is another user's, that user could put a link in its place.
  chmod "$mode" "$text" || return 1
  [ "$owner" = - ] || chown -h "$owner" "$text"
}

# A file that replaces another is written down before, on the disk too: then its copy is put back in any case.
put_in_place() {
  if [ "$how" = replace ]; then
    printf 'made\t%s\t.\n' "$path" >>"$DUNE_STATE/journal"
    { sync "$DUNE_STATE/journal" 2>/dev/null || sync; } && mv -f -T -- "$text" "$target"
  else
    ln -T "$text" "$target" && printf 'made\t%s\t.\n' "$path" >>"$DUNE_STATE/journal"
  fi
}
