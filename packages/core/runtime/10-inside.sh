# 10-inside: the launcher: how every command of the user's gets into its node. DUNE_STATE, DUNE_RUNTIME, DUNE_LAB and
# DUNE_RUN come from the environment; the commands inherit only DUNE_RUN, which marks all that one run has started.

# enter NETNS NODE/PROCESS CORES [NAME=VALUE…] COMMAND…: the command in that network namespace, on CORES unless `-`, for
# at most `limit` seconds where that is set; with `replace` this shell becomes the command
enter() {
  set -- nsenter "--net=/run/netns/$1" unshare -m --propagation slave sh "$DUNE_RUNTIME" --helper inside "$@"
  case $limit in
    "") "$@" ;;
    replace) exec "$@" ;;
    *) bounded "$@" ;;
  esac
}

# Without its copy of /run/netns a process does not keep every namespace of the machine in its mount table. What is left
# there are the empty files that the namespaces were mounted on, at which `ip link` would stumble.
helper_inside() {
  namespace=$1 marked=$2 cores=$3
  shift 3
  umount -l /run/netns 2>/dev/null || :
  mount --bind "$DUNE_STATE/none" /run/netns 2>/dev/null || :
  mount -t sysfs sysfs /sys 2>/dev/null || :
  for file in "/etc/netns/$namespace"/*; do
    if [ -e "$file" ] && [ -e "/etc/${file##*/}" ]; then mount --bind "$file" "/etc/${file##*/}"; fi
  done
  cd "$DUNE_STATE/root"
  umask 022
  set -- env -i PATH="$DUNE_STATE/payload/bin:/usr/sbin:/usr/bin:/sbin:/bin" HOME=/root LC_ALL=C \
    DUNE_PROC="$DUNE_LAB/$marked" DUNE_RUN="$DUNE_RUN" "$@"
  [ "$cores" = - ] || set -- taskset -c "$cores" "$@"
  [ -z "${DUNE_PID_FILE-}" ] || printf '%s\n' "$$" >"$DUNE_PID_FILE"
  exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
  exec "$@"
}

# in_process NODE PROCESS CORES COMMAND…: the command with the process's namespace and environment
in_process() {
  process_node=$1 process_name=$2 process_cores=$3
  shift 3
  while IFS=$TAB read -r spec_key spec_name spec_value; do
    case $spec_key in
      netns) process_netns=$spec_name ;;
      env)
        decode "$spec_value"
        set -- "$spec_name=$text" "$@"
        ;;
    esac
  done <"$DUNE_STATE/proc/$process_node/$process_name.spec"
  enter "$process_netns" "$process_node/$process_name" "$process_cores" "$@"
}

# runs a command in a session of its own; sets `timed_out`, and kills what is left of the session after `limit` seconds
bounded() {
  read_clock
  bounded_until=$((now + limit * 100))
  group=$DUNE_STATE/work/group.$$
  code=0
  setsid sh "$DUNE_RUNTIME" --helper leader "$group" timeout -k 1 "$limit" "$@" \
    3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- || code=$?
  timed_out=no
  read_clock
  if [ "$code" -ne 0 ] && [ "$now" -ge "$bounded_until" ]; then
    timed_out=yes
    read -r leader <"$group"
    kill -KILL "-$leader" 2>/dev/null || :
  fi
  rm -f "$group"
  return "$code"
}

helper_leader() {
  umask 022
  printf '%s\n' "$$" >"$1"
  shift
  exec "$@"
}

# what_happened CODE: how a bounded command ended, in words
what_happened() {
  if [ "$timed_out" = yes ]; then text="did not end within $limit s"; else text="exited with $1"; fi
}

# failed TEXT LOG: tells the runtime what went wrong, with the end of the log
failed() {
  {
    printf '%s\n' "$1"
    [ ! -s "$2" ] || tail -n 20 "$2" | sed 's/^/    /'
  } >"$DUNE_STATE/work/failure.$$"
  cat "$DUNE_STATE/work/failure.$$" >>"$DUNE_STATE/work/failures"
  exit 1
}
