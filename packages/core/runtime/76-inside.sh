# 76-inside: `exec`, `shell`, `capture`: work in a node of a lab that is up.

command_exec() {
  if [ $# -lt 3 ] || [ "$2" != -- ]; then
    stop 1 "exec wants a node, '--' and a command" "sh $0 exec NODE -- ip address"
  fi
  go_to_node "$1"
  shift 2
  run_in_node "$@"
}

# The user's own start-up files may set another prompt or PATH, so they are not read.
command_shell() {
  [ $# -eq 1 ] || stop 1 "shell wants a node" "sh $0 shell NODE"
  go_to_node "$1"
  # shellcheck disable=SC2016 # the prompt is for the shell in the node to expand
  set -- /bin/sh -c 'PS1=$1; export PS1; ! command -v bash >/dev/null || exec bash --norc; exec /bin/sh' sh \
    "[$DUNE_LAB/$1] "'$PWD# '
  run_in_node "$@"
}

# tcpdump opens the interface as root and then becomes the user that its package has for that: it has no need of more.
# In immediate mode and with -U every packet is passed on at once; it ends at the first one that nobody reads any more.
command_capture() {
  case ${1-} in
    ?*:?*) ;;
    *) stop 1 "capture wants a node and its interface" "sh $0 capture NODE:IF >FILE" ;;
  esac
  [ ! -t 1 ] || stop 1 "capture writes pcap, which no terminal can show; give it a file or a program that reads it" \
    "ssh root@SERVER $SELF capture $1 | wireshark -k -i -"
  need_root
  command -v tcpdump >/dev/null || stop 2 "tcpdump is missing" "install tcpdump from your distribution"
  go_to_node "${1%%:*}"
  interface=${1#*:}
  shift
  names=$(nsenter "--net=/run/netns/$netns" ip -brief link show | sed 's/[ @].*//')
  printf '%s\n' "$names" | grep -qxF -e "$interface" ||
    stop 1 "node $wanted has no interface '$interface'" "it has: $(printf '%s' "$names" | tr '\n' ' ')"
  run_in_node tcpdump -i "$interface" --immediate-mode -U -w - "$@"
}

# go_to_node NODE: sets `wanted` and `netns`, and moves this shell off the lab's cores
go_to_node() {
  wanted=$1
  need_root
  need_up
  use_tables
  WORK=$STATE/work RUNTIME=$STATE/runtime
  find_node "$wanted"
  [ -e "/run/netns/$netns" ] || stop 1 "the network namespace $netns of node $wanted is not there" \
    "apply the lab's bundle, which makes it: sh $0 apply"
  use_cores own
}

# run_in_node COMMAND…: this shell becomes the command
run_in_node() {
  RUN=$J_RUN CGROUP=
  export_run
  # From the first moment a command of the user's, which `stop` leaves alone.
  DUNE_PROC=$DUNE_LAB/$wanted/.exec
  export DUNE_PROC
  limit=replace
  # `env` would take a command with `=` in its name for a variable; the inner shell takes it as it is.
  set -- /bin/sh -c 'exec "$@"' sh "$@"
  [ -z "${TERM-}" ] || set -- "TERM=$TERM" "$@"
  enter "$netns" "$wanted/.exec" - "$@"
}
