# 79-collect: `collect`: one archive of what the lab has brought forth, while it is up, half up, or down again. It is
# staged as a folder of symbolic links, so that large results are copied but once, into the archive.

PART= # the archive while it is made

command_collect() {
  archive=${1-$DUNE_LAB-$DUNE_PHYNODE.tar.gz}
  check_archive "$@"
  need_root
  clean_up_at_end
  find_run
  [ "$run_is" = not-up ] || refuse_other_phynode
  open_lab
  STAGE=$SCRATCH/stage NOTES=$SCRATCH/notes
  mkdir -p "$STAGE/results"
  : >"$NOTES"
  is_up_here || say "lab $DUNE_LAB is not up; gathering what 'down' has left: no results from the nodes' own folders"
  stage_logs
  stage_results
  cp "$TABLES/manifest.json" "$STAGE/manifest.json"
  if is_up_here; then gather_status && print_status_json; else print_not_up_json; fi >"$STAGE/status.json"
  print_facts >"$STAGE/facts.txt"
  sed 's/^/  /' "$NOTES" >&2
  write_archive
}

# checked before the work, and again where the archive is given its name
check_archive() {
  [ $# -le 1 ] || stop 1 "collect wants one file at most" "sh $0 collect [FILE]"
  case $archive in
    -)
      [ ! -t 1 ] || stop 1 "collect writes a tar.gz, which no terminal can show" "give it a file: sh $0 collect FILE"
      ;;
    '' | -* | */) stop 1 "collect wants a file, not '$archive'" "sh $0 collect [FILE]" ;;
    *) refuse_existing ;;
  esac
}

refuse_existing() {
  if [ -e "$archive" ] || [ -L "$archive" ]; then
    stop 1 "$archive exists already, and is not overwritten" "give another name: sh $0 collect FILE"
  fi
}

# The tables of the lab that is up or half up; where they are not, or `down` was interrupted in the middle of removing
# them, those of the bundle. The helpers are this runtime's own.
open_lab() {
  whole=$run_is
  for table in lab nodes results sysctls manifest.json; do [ -f "$STATE/payload/$table" ] || whole=not-up; done
  if [ "$whole" != not-up ]; then
    make_scratch
    mkdir "$SCRATCH/work"
    TABLES=$STATE/payload WORK=$SCRATCH/work RUNTIME=$SCRATCH/runtime
    copy_runtime "$RUNTIME"
    load_lab
  else
    use_scratch_payload
  fi
  use_cores own
}

# Only root can write into the folder of the logs, so it is taken as a whole.
stage_logs() {
  logs=0
  if [ -d "$STATE/log" ]; then
    ln -s "$STATE/log" "$STAGE/logs"
    logs=$(find "$STATE/log" -type f | wc -l | tr -d ' ')
  else
    mkdir "$STAGE/logs"
  fi
}

# Of a lab that has never been up nothing can be here.
stage_results() {
  DUNE_STAGE=$STAGE DUNE_NOTES=$NOTES DUNE_RUNTIME=$RUNTIME
  export DUNE_STAGE DUNE_NOTES DUNE_RUNTIME
  : >"$STAGE.count"
  [ "$run_is" != not-up ] || [ -d "$STATE/log" ] || return 0
  while IFS=$TAB read -r node encoded; do
    decode "$encoded"
    stage_result "$node" "$text" </dev/null
  done <"$TABLES/results"
}

# stage_result NODE PATH: the shell expands the pattern, and nothing else in it
stage_result() {
  path=$2
  while [ "$path" != "${path#./}" ]; do path=${path#./}; done
  case /$path/ in
    */../*)
      printf '%s\n' "results of $1: $encoded has '..' in it and is left out" >>"$NOTES"
      return 0
      ;;
  esac
  place_of_result "$1"
  node=$1
  IFS=
  # shellcheck disable=SC2086 # to be expanded, and not split: IFS is empty
  set -- $base$path
  unset IFS
  if [ $# -eq 1 ] && [ ! -e "$1" ] && [ ! -L "$1" ]; then
    printf '%s\n' "results of $node: nothing is at $encoded" >>"$NOTES"
    return 0
  fi
  printf '%s\0' "$@" | xargs -0 -n 100 sh "$RUNTIME" --helper stage "$node" "$base" ||
    stop 1 "the results of $node cannot be gathered"
}

# place_of_result NODE: sets `base`, in which `path` is: the folder of relative paths, or that of a private one
place_of_result() {
  base=
  case $path in
    /*) ;;
    *)
      base=$STATE/root path=/$path
      return 0
      ;;
  esac
  [ -f "$TABLES/private" ] || return 0
  while IFS=$TAB read -r owner private _; do
    [ "$owner" = "$1" ] || continue
    decode "$private"
    case $path/ in "${text%/}"/*) base=$STATE/private/$1 ;; esac
  done <"$TABLES/private"
}

# The archive is made beside its place and named at the end; the name may have been taken meanwhile.
write_archive() {
  if [ "$archive" = - ]; then
    pack || stop 1 "the archive could not be written"
    what_was_packed "standard output"
    return 0
  fi
  PART=$(mktemp "$archive.XXXXXX") || stop 1 "$archive cannot be written"
  pack >"$PART" || stop 1 "$archive could not be written"
  size=$(stat -c %s "$PART")
  # A file system may know no hard links.
  if ! ln "$PART" "$archive" 2>/dev/null; then
    refuse_existing
    mv "$PART" "$archive"
  fi
  rm -f "$PART"
  PART=
  what_was_packed "$archive, $size bytes"
}

what_was_packed() {
  count "$logs" log
  packed=$text
  count "$(awk '{ all += $1 } END { print all + 0 }' "$STAGE.count")" "result file"
  say "collected $packed, $text, manifest, status and facts in $1"
}

# Files of a lab that is up change while they are read, and may go; `tar` fails then, and the archive is whole.
pack() {
  {
    tar -C "$STAGE" -h -cf - logs results manifest.json status.json facts.txt 2>"$WORK/tar.out" || : >"$WORK/tar.failed"
  } | gzip -c || return 1
  [ -f "$WORK/tar.failed" ] || return 0
  grep -E 'file changed as we read it|File removed before we read it|File shrank by|: No such file or directory$' \
    "$WORK/tar.out" >"$WORK/changed" || :
  if [ ! -s "$WORK/changed" ] ||
    grep -vxF -f "$WORK/changed" "$WORK/tar.out" | grep -qvE 'Exiting with failure status|error exit delayed'; then
    cat "$WORK/tar.out" >&2
    return 1
  fi
  say "these changed while they were read:"
  sed 's/^tar: /  /; /^Exiting/d; /^error exit/d' "$WORK/changed" >&2
}
