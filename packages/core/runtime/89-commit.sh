# 89-commit: what `apply` writes down: before its first step that the lab is between two versions, and after the last one that
# it is the new one. Each is whole or not at all, whatever happens in between.

# All that may be there from now on is in WAS and in the journal, on the disk, before anything is made.
go_ahead() {
  folder=was.1
  [ "$WAS" != "$STATE/$folder" ] || folder=was.2
  write_tables_of_both "$STATE/$folder"
  {
    # The last line may have been cut off by a crash.
    printf '\n'
    printf 'applying\t%s\t.\n' "$folder"
    [ "$DEGRADED" = "$J_DEGRADED" ] || printf 'degraded\t%s\t.\n' "$DEGRADED"
    cat "$WORK/new-claims"
  } >"$WORK/journal"
  stop_if_full
  UNDO=apply STEP=nothing DONE=
  cat "$WORK/journal" >>"$JOURNAL" || stop_at_journal
  sync "$JOURNAL" 2>/dev/null || sync
  [ "$(tail -n 1 "$JOURNAL")" = "$(tail -n 1 "$WORK/journal")" ] || stop_at_journal
  WAS=$STATE/$folder
  mv -f "$RUNTIME" "$STATE/runtime"
  RUNTIME=$STATE/runtime
  unlock_machine
  export_run
}

# write_tables_of_both FOLDER: WAS, as 24-state has it
write_tables_of_both() {
  stop_if_full
  rm -rf "${1:?}"
  mkdir "$1" "$1/to"
  into=$1
  set --
  for table in "$TABLES"/*; do
    [ ! -f "$table" ] || set -- "$@" "$table"
  done
  cp "$@" "$into/to/"
  set --
  for table in "$HAVE"/* "$TABLES"/*; do
    # A setup command has been run only when it has: the helper adds it.
    case ${table##*/} in
      lab | manifest.json | bin | content | to | setup) continue ;;
    esac
    : >"$into/${table##*/}"
    set -- "$@" "$table"
  done
  awk -v into="$into/" '
    FNR == 1 { table = FILENAME; sub(/.*\//, "", table) }
    !seen[table, $0]++ { print >(into table) }' "$@"
  cp "$TABLES/lab" "$SETUP_RUN" "$into/"
}

stop_at_journal() {
  stop 2 "the journal $JOURNAL cannot be written" "make room on its disk"
}

# The tables are the lab's now, and the journal has what is there and nothing else.
commit_version() {
  at "write down the new version"
  rm -rf "${STATE:?}/payload/content"
  set --
  for part in "$TABLES"/*; do
    [ "${part##*/}" = bin ] || set -- "$@" "$part"
  done
  mv -f "$@" "$STATE/payload/"
  TABLES=$STATE/payload
  mv -f "$WORK/underlay" "$STATE/work/underlay"
  compact_journal >"$JOURNAL.new" || stop_at_journal
  sync "$JOURNAL.new" 2>/dev/null || sync
  is_whole_journal "$JOURNAL.new" || stop_at_journal
  mv -f "$JOURNAL.new" "$JOURNAL"
  sync "$STATE/" 2>/dev/null || sync
  UNDO=plan WAS=
  remove_stale_tables
}

# Whoever has filled the disk meanwhile: some tools write what there is room for and say nothing.
is_whole_journal() {
  case $(head -n 1 "$1") in
    "format$TAB"*) [ "$(tail -n 1 "$1")" = "up$TAB." ] ;;
    *) return 1 ;;
  esac
}

# The journal without `applying` and without what is gone: namespaces that no node has, files that no longer stand,
# folders that are no longer there, sysctls that were put back. The last record of each counts.
compact_journal() {
  records dir | while IFS= read -r path; do
    decode "$path"
    [ ! -d "$text" ] || printf '%s\n' "$path"
  done >"$WORK/dirs-there"
  awk -F "$TAB" '
    function keep(kind, key) {
      if (kind == "netns" || kind == "inode" || kind == "tunnels") return key in netns
      if (kind == "dir") return key in there
      if (kind == "sysctl" || kind == "old") return key in sysctl
      if (kind == "file" || kind == "made") return stands[key] != "no"
      if (kind == "saved") return stands[key] == "yes"
      return kind !~ /^(applying|touched|restored|unmade|up)$/
    }
    FILENAME == ARGV[1] { netns[$2] = 1; next }
    FILENAME == ARGV[2] { if ($1 == "-") sysctl[$4] = 1; next }
    FILENAME == ARGV[3] { there[$0] = 1; next }
    $NF != "." { next }
    FILENAME == ARGV[4] { if ($1 == "made") stands[$2] = "yes"; if ($1 == "restored") stands[$2] = "no"; next }
    # Of one thing the last record is kept, but of a sysctl the first value.
    { of_one = $1 FS ($1 ~ /^(format|boot|run|phynode|degraded|processes|cgroup)$/ ? "" : $2) }
    !(of_one in line) { order[++count] = of_one; kind[of_one] = $1; key[of_one] = $2 }
    $1 != "old" || !(of_one in line) { line[of_one] = $0 }
    END {
      for (i = 1; i <= count; i++) if (keep(kind[order[i]], key[order[i]])) print line[order[i]]
      print "up" FS "."
    }' "$TABLES/nodes" "$TABLES/sysctls" "$WORK/dirs-there" "$JOURNAL" "$STATE/./journal"
}
