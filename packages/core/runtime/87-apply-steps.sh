# 87-apply-steps: what `apply` is going to do to files, exec commands, programs and processes, a line each, in order.

print_processes_going() {
  awk -F "$TAB" '
    FILENAME == ARGV[1] { remade[$1] = 1; next }
    FILENAME == ARGV[2] { if ($2 in remade) node[$2] = $1; next }
    FILENAME == ARGV[3] { node[$1] = $1 }
    $1 in node { if (!seen[node[$1]]++) print "node " node[$1] " is made anew: " $2 }' \
    "$WORK/remade" "$TABLES/nodes" "$WORK/rerun-why" "$WORK/remake"
  awk -F "$TAB" '{ print "write down that process " $1 "/" $2 " goes" }' "$WORK/forget"
  awk -F "$TAB" '{ print "stop process " $1 "/" $2 ": " $3 }' "$WORK/stop-now"
}

print_processes_coming() {
  awk -F "$TAB" '{ print "keep a copy of file " $1 ", which was changed by hand" }' "$WORK/changed-by-hand"
  awk '{ print "remove file " $0 }' "$WORK/files-gone"
  sed 's/^/remove program /' "$WORK/programs-gone"
  awk -F "$TAB" '{ print "remove private folder " $2 " of node " $1 }' "$WORK/private-gone"
  awk -F "$TAB" '
    FILENAME == ARGV[1] { stays[$1] = 1; next }
    !($1 in stays) && !seen[$1]++ { print "remove the folders of node " $1 }' "$TABLES/nodes" "$HAVE/nodes"
  sed 's/^/program /' "$WORK/programs-new"
  awk -F "$TAB" '{ print "private folder " $2 " of node " $1 }' "$WORK/private-new"
  awk -F "$TAB" '{ print "file " $1 ", mode " $2 ($5 == "-" ? "" : ", owner " $5) }' "$WORK/files"
  awk -F "$TAB" '
    FILENAME == ARGV[1] { fresh[$1] = 1; next }
    FILENAME == ARGV[2] { all[$1] = $2 in fresh; next }
    FILENAME == ARGV[3] || all[$1] { if (!seen[$1, $2]++) print "exec in " $1 ", within " $3 " s: " $4 }' \
    "$WORK/fresh" "$TABLES/nodes" "$WORK/appended" "$TABLES/exec"
  sed 's/.*/write down what exec in & uses/' "$WORK/respec-exec"
  awk -F "$TAB" '{ print "write down process " $1 "/" $2 ": " $3 }' "$WORK/respec"
  for list in reload restart start; do
    awk -F "$TAB" -v what="$list" '{ print what " process " $1 "/" $2 ": " $3 }' "$WORK/$list"
  done
}
