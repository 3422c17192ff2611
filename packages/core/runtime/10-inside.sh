# 10-inside: the launcher: how every command of the user's gets into its node. DUNE_STATE, DUNE_WORK, DUNE_TABLES,
# DUNE_RUNTIME, DUNE_LAB, DUNE_RUN and DUNE_CGROUP come from the environment; the commands inherit only DUNE_RUN, which
# marks all that one run has started. A process has a cgroup, too, where the server lets us make one: a daemon can lose its
# environment.

# enter NETNS NODE/PROCESS CORES [NAME=VALUE…] COMMAND…: the command in that network namespace, on CORES unless `-`, for
# at most `limit` seconds where that is set; with `replace` this shell becomes the command, with `session` in a session of
# its own. The command's mount namespace is that of DUNE_HOLDER, or else one of its own, made from that of DUNE_BASE.
enter() {
  if [ -n "${DUNE_HOLDER-}" ]; then
    set -- nsenter "--net=/proc/$DUNE_HOLDER/ns/net" "--mount=/proc/$DUNE_HOLDER/ns/mnt" \
      sh "$DUNE_RUNTIME" --helper inside "$@"
  else
    set -- nsenter "--net=/run/netns/$1" ${DUNE_BASE:+"--mount=$DUNE_BASE"} \
      unshare -m --propagation slave sh "$DUNE_RUNTIME" --helper inside "$@"
  fi
  case $limit in
    "") "$@" ;;
    replace) exec "$@" ;;
    session) exec setsid "$@" ;;
    *) bounded "$@" ;;
  esac
}

helper_inside() {
  namespace=$1 marked=$2 cores=$3
  shift 3
  node=${marked%%/*}
  if [ -z "${DUNE_HOLDER-}" ]; then
    join_cgroup "$node:${marked#*/}"
    mount_for_node
  fi
  cd "$DUNE_STATE/root"
  umask 022
  set -- env -i ${DUNE_SIGNALS:+"$DUNE_SIGNALS"} \
    PATH="$DUNE_STATE/payload/bin:$SYSTEM_PATH" HOME=/root LC_ALL=C \
    DUNE_PROC="$DUNE_LAB/$marked" DUNE_RUN="$DUNE_RUN" "$@"
  [ "$cores" = - ] || set -- taskset -c "$cores" "$@"
  [ -z "${DUNE_PID_FILE-}" ] || printf '%s\n' "$$" >"$DUNE_PID_FILE"
  exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
  exec "$@"
}

# what commands in this node see of the file system
mount_for_node() {
  [ -n "${DUNE_BASE-}" ] || hide_namespaces
  mount -t sysfs sysfs /sys 2>/dev/null || :
  for file in "/etc/netns/$namespace"/*; do
    if [ -e "$file" ] && [ -e "/etc/${file##*/}" ]; then mount --bind "$file" "/etc/${file##*/}"; fi
  done
  [ ! -f "$DUNE_STATE/proc/$node/.private" ] || bind_private_folders
}

# Without its copy of /run/netns a process does not keep every namespace of the machine in its mount table. What is left
# there are the empty files that the namespaces were mounted on, at which `ip link` would stumble.
hide_namespaces() {
  umount -l /run/netns 2>/dev/null || :
  mount --bind "$DUNE_STATE/none" /run/netns 2>/dev/null || :
}

# Holds a mount namespace without the machine's network namespaces for as long as commands are started: with 1,000 of them
# to copy and to unmount each command would take 8 ms more.
helper_base() {
  hide_namespaces
  : >"$DUNE_WORK/base"
  exec sleep 86400
}

# Before /sys is mounted anew, which hides the cgroups. Where there is none, the marks in the environment are left.
join_cgroup() {
  [ ! -f "${DUNE_CGROUP:--}/$1/cgroup.procs" ] || echo 0 2>/dev/null >"$DUNE_CGROUP/$1/cgroup.procs" || :
}

# what the node sees at these paths is its own
bind_private_folders() {
  while IFS= read -r path; do
    decode "$path"
    mount --bind "$DUNE_STATE/private/$node$text" "$text" || {
      printf 'dune: the private folder %s of node %s cannot be mounted\n' "$path" "$node" >&2
      exit 126
    }
  done <"$DUNE_STATE/proc/$node/.private"
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
      command | cores | timeout) ;;
      *) break ;; # those stand first; what it uses may be a long list
    esac
  done <"$DUNE_STATE/proc/$process_node/$process_name.spec"
  enter "$process_netns" "$process_node/$process_name" "$process_cores" "$@"
}

# runs a command in a session of its own; sets `timed_out`, and kills what is left of the session after `limit` seconds
bounded() {
  read_clock
  bounded_until=$((now + limit * 100))
  group=$DUNE_WORK/group.$$
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
  } >"$DUNE_WORK/failure.$$"
  cat "$DUNE_WORK/failure.$$" >>"$DUNE_WORK/failures"
  exit 1
}
