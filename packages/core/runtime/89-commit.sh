# 89-commit: what `apply` writes down: before its first step that the lab is between two versions, and after the last one that
# it is the new one. Each is whole or not at all, whatever happens in between.

# All that may be there from now on is in WAS and in the journal, on the disk, before anything is made.
go_ahead() {
  stop_if_full
  rm -rf "${WORK:?}/was"
  mkdir "$WORK/was"
  for table in "$HAVE"/* "$TABLES"/*; do
    table=${table##*/}
    case $table in
      lab | manifest.json | bin | content) ;;
      # A command has been run only when it has: the helper adds it.
      setup) cat "$HAVE/setup" >"$WORK/was/setup" ;;
      *) [ -e "$WORK/was/$table" ] || cat "$HAVE/$table" "$TABLES/$table" 2>/dev/null | sort -u >"$WORK/was/$table" ;;
    esac
  done
  cat "$TABLES/lab" >"$WORK/was/lab"
  rm -rf "${WAS:?}"
  mv "$WORK/was" "$WAS"
  {
    # The last line may have been cut off by a crash.
    printf '\n'
    printf 'applying\t%s\t.\n' "$(awk '$1 == "digest" { print $2 }' "$TABLES/lab")"
    [ "$DEGRADED" = "$J_DEGRADED" ] || printf 'degraded\t%s\t.\n' "$DEGRADED"
    cat "$WORK/new-claims"
  } >"$WORK/journal"
  cat "$WORK/journal" >>"$JOURNAL"
  sync "$JOURNAL" 2>/dev/null || sync
  UNDO=apply STEP=nothing DONE=
  mv -f "$RUNTIME" "$STATE/runtime"
  RUNTIME=$STATE/runtime
  unlock_machine
  export_run
}

# The tables are the lab's now, and the journal has what is there and nothing else.
commit_version() {
  at "write down the new version"
  rm -rf "${STATE:?}/payload/content"
  for part in "$TABLES"/*; do
    case ${part##*/} in
      bin) ;;
      *) mv -f "$part" "$STATE/payload/" ;;
    esac
  done
  TABLES=$STATE/payload
  mv -f "$WORK/underlay" "$STATE/work/underlay"
  compact_journal >"$JOURNAL.new"
  sync "$JOURNAL.new" 2>/dev/null || sync
  mv -f "$JOURNAL.new" "$JOURNAL"
  sync "$STATE/" 2>/dev/null || sync
  UNDO=plan
  rm -rf "${WAS:?}"
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
      return kind != "applying" && kind != "restored" && kind != "unmade" && kind != "up"
    }
    FILENAME == ARGV[1] { netns[$2] = 1; next }
    FILENAME == ARGV[2] { if ($1 == "-") sysctl[$4] = 1; next }
    FILENAME == ARGV[3] { there[$0] = 1; next }
    $NF != "." { next }
    FILENAME == ARGV[4] { if ($1 == "made") stands[$2] = "yes"; if ($1 == "restored") stands[$2] = "no"; next }
    # Of one thing the last record is kept; of a sysctl the first value, of a file every name that it may have been written by.
    { of_one = $1 == "old" || $1 == "file" ? $0 : $1 FS ($1 ~ /^(format|boot|run|phynode|degraded|processes|cgroup)$/ ? "" : $2) }
    $1 == "old" && ($2 in first) { next }
    { if ($1 == "old") first[$2] = 1; if (!(of_one in line)) order[++count] = of_one; line[of_one] = $0; kind[of_one] = $1; key[of_one] = $2 }
    END {
      for (i = 1; i <= count; i++) if (keep(kind[order[i]], key[order[i]])) print line[order[i]]
      print "up" FS "."
    }' "$TABLES/nodes" "$TABLES/sysctls" "$WORK/dirs-there" "$JOURNAL" "$STATE/./journal"
}
