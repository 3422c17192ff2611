# 34-check-folders: the folders that files, private paths and the lab's state are in or will be in: who could lead
# root's files elsewhere. All paths in lists are *text*.

# check_places: work/way gets all folders on the way, work/existing those that exist, with their physical paths
check_places() {
  list_way
  list_existing >"$WORK/existing"
  check_room
  check_owners_of_folders
}

list_way() {
  {
    cat "$WORK/dirs"
    {
      printf '%s\n' "$STATE" | encode
      echo
    } | with_parents
  } | sort -u >"$WORK/way"
  cp "$WORK/way" "$WORK/new"
  # As many links may stand behind one another as the kernel follows.
  rounds=0
  while [ "$rounds" -lt 40 ]; do
    targets_of_links <"$WORK/new" >"$WORK/targets"
    [ -s "$WORK/targets" ] || break
    with_parents <"$WORK/targets" | sort -u | lines_not_in "$WORK/way" >"$WORK/new"
    [ -s "$WORK/new" ] || break
    cat "$WORK/new" >>"$WORK/way"
    rounds=$((rounds + 1))
  done
  sort -o "$WORK/way" "$WORK/way"
}

# every path of standard input, after the folders above it
with_parents() {
  sed 's|$|/|' | folders_above
}

targets_of_links() {
  while IFS= read -r path; do
    decode "$path"
    [ -L "$text" ] || continue
    target=$(readlink -- "$text") || continue
    case $target in
      /*) printf '%s\n' "$target" | encode ;;
      *) printf '%s\n' "${text%/*}/$target" | encode ;;
    esac
    echo
  done
}

# A subshell of its own goes from folder to folder: that needs no program.
list_existing() (
  while IFS= read -r path; do
    decode "$path"
    if [ -d "$text" ] && cd -P "$text" 2>/dev/null; then
      case $PWD in
        *"$TAB"* | *"$NEWLINE"*) ;;
        *) printf '%s\t%s\n' "$path" "$PWD" ;;
      esac
    fi
  done <"$WORK/way"
)

check_owners_of_folders() {
  cut -f 1 "$WORK/existing" >"$WORK/way"
  unsafe_folders "$WORK/way" >"$WORK/unsafe"
  say_unsafe | awk -F "$TAB" '
    FILENAME == ARGV[1] { path[FNR] = $1; many[FNR] = $2 == "-"; next }
    {
      fix = many[FNR] ? "chmod go-w " path[FNR] : "give it to root (chown -h root), or remove it"
      print "problem\tfiles\t" $0 "\t" fix
    }' "$WORK/unsafe" - >>"$CHECKS"
}

# Owners of files and private paths, tried on a scratch file.
check_owners() {
  {
    awk -F "$TAB" '$5 != "" && $5 != "-" { print $5 "\t" $1 }' "$TABLES/files"
    awk -F "$TAB" '$4 != "" && $4 != "-" { print $4 "\t" $2 }' "$TABLES/private"
  } | awk -F "$TAB" '!seen[$1]++' | sort >"$WORK/owners"
  : >"$WORK/owned"
  while IFS=$TAB read -r owner path; do
    said=$(chown -- "$owner" "$WORK/owned" 2>&1) && continue
    case $said in
      *nvalid\ argument*) problem files "no file can be given to $owner (owner of $path) here: $said" ;;
      *)
        problem files "user or group $owner (owner of $path) is not known on this server" \
          "add it, or install the package that brings it"
        ;;
    esac
  done <"$WORK/owners"
  rm -f "$WORK/owned"
}

# A path that a node has for itself is a folder, or can become one.
check_private() {
  while IFS=$TAB read -r node path _; do
    decode "$path"
    while [ -n "$text" ] && [ ! -e "$text" ] && [ ! -L "$text" ]; do text=${text%/*}; done
    [ -z "$text" ] || [ -d "$text" ] ||
      problem files "node $node is to have $path for itself, but $text is no folder" "move it away, if nobody needs it"
  done <"$TABLES/private"
}
