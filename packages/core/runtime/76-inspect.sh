# 76-inspect: `exec`, `manifest`, `extract`: work in a node, and a look inside the bundle.

command_exec() {
  if [ $# -lt 3 ] || [ "$2" != -- ]; then
    stop 1 "exec wants a node, '--' and a command" "sh $0 exec NODE -- ip address"
  fi
  wanted=$1
  shift 2
  need_root
  need_up
  TABLES=$STATE/payload WORK=$STATE/work RUNTIME=$STATE/runtime
  find_node "$wanted"
  [ -e "/run/netns/$netns" ] || stop 1 "the network namespace $netns of node $wanted is gone" "run 'down', then 'up'"
  use_cores own
  DUNE_STATE=$STATE DUNE_RUNTIME=$RUNTIME DUNE_RUN=$J_RUN
  export DUNE_STATE DUNE_RUNTIME DUNE_RUN DUNE_LAB
  limit=replace
  # `env` would take a command with `=` in its name for a variable; the inner shell takes it as it is.
  set -- sh -c 'exec "$@"' sh "$@"
  [ -z "${TERM-}" ] || set -- "TERM=$TERM" "$@"
  enter "$netns" "$wanted/.exec" - "$@"
}

command_manifest() {
  [ $# -eq 0 ] || stop 1 "manifest takes no arguments"
  clean_up_at_end
  use_scratch_payload
  cat "$TABLES/manifest.json"
}

command_extract() {
  [ $# -eq 1 ] || stop 1 "extract wants a directory" "sh $0 extract DIR"
  if [ -e "$1" ] && [ -n "$(ls -A "$1" 2>/dev/null || echo file)" ]; then
    stop 1 "$1 is there already, and is not an empty folder"
  fi
  case $1 in -*) set -- "./$1" ;; esac
  mkdir -p "$1"
  unpack "$1"
}
