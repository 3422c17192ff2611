# 16-helpers: `--helper NAME …` is the runtime started again by itself. It ends here, so that it reads no further.

# spread WIDTH COUNT HELPER: a helper for every COUNT words of standard input, WIDTH at a time
helper_spread() {
  xargs -P "$1" -n "$2" sh "$DUNE_RUNTIME" --helper "$3" 2>"$DUNE_WORK/noise" || helper_broke "$DUNE_WORK"
}

# helper_broke WORK: a helper that failed has said why, unless it could not even begin
helper_broke() {
  [ -s "$1/failures" ] || {
    echo "a helper of the runtime could not do its work:"
    cat "$1/noise"
  } >>"$1/failures"
}

if [ "${1-}" = --helper ]; then
  helper=$2
  shift 2
  case $helper in
    inside) helper_inside "$@" ;;
    leader) helper_leader "$@" ;;
    spread) helper_spread "$@" ;;
    near) helper_near "$@" ;;
    before_links) helper_before_links "$@" ;;
    after_links) helper_after_links "$@" ;;
    unmake) helper_unmake "$@" ;;
    scratch_sysctls) helper_scratch_sysctls "$@" ;;
    right_sysctls) helper_right_sysctls "$@" ;;
    after_up) helper_after_up "$@" ;;
    tentative) helper_tentative "$@" ;;
    delete_tunnels) helper_delete_tunnels ;;
    links) helper_links "$@" ;;
    probe_kernel) helper_probe_kernel "$@" ;;
    probe_port) helper_probe_port "$@" ;;
    base) helper_base ;;
    keeper) helper_keeper "$@" ;;
    hold) helper_hold "$@" ;;
    setup) helper_setup "$@" ;;
    exec) helper_exec "$@" ;;
    settle) helper_settle "$@" ;;
    reload) helper_reload "$@" ;;
    before_stop) helper_before_stop "$@" ;;
    files) helper_files "$@" ;;
    stage) helper_stage "$@" ;;
    stage_files) helper_stage_files "$@" ;;
    *) exit 2 ;;
  esac
  exit
fi
