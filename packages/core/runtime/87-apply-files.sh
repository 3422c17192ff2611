# 87-apply-files: the files of the lab that `apply` writes and removes, its programs, and the private folders of its nodes.
# What stands in the place of a file, and was changed there by hand, is kept in the log folder before it goes.

# Of work/files and work/dirs only what is to be written stays, with `replace` where the file is the lab's own already;
# work/files-gone: paths; work/changed-by-hand: PATH TAB NODE of what is kept; work/private-new: rows of `private`.
plan_files() {
  {
    cut -f 1 "$WORK/placed"
    sed 's|$|/|' "$WORK/private-places"
    # What is a node's own stays with the node, be there files in it or not.
    awk -F "$TAB" -v state="$STATE" '
      FILENAME == ARGV[1] { print state "/node/" $1 "/"; next }
      { print state "/private/" $1 $2 "/" }' "$TABLES/nodes" "$TABLES/private"
    echo /run/netns/
  } | folders_above >"$WORK/dirs-needed"
  list_own_files
  placed_files "$HAVE" >"$WORK/placed-had"
  : >"$WORK/files-off"
  [ "$LOOK" = no ] || look_at_files "$WORK/placed" >"$WORK/files-off"
  choose_files
  list_folders
  plan_private_folders
  list_changed_by_hand
}

# work/own-files: what stands where the journal says. Where `apply` was interrupted, a file may be in its place and not
# written down yet; its second name tells.
list_own_files() {
  files_written_down | awk -F "$TAB" '$3 == "yes" { print $1 }' >"$WORK/own-files"
  : >"$WORK/half-written"
  [ "$BETWEEN" = yes ] || return 0
  files_written_down | while IFS=$TAB read -r path temporary _; do
    decode "$temporary"
    [ -e "$text" ] || [ -L "$text" ] || continue
    second=$text
    decode "$path"
    stands=no
    ! same_file "$second" "$text" || stands=yes
    printf '%s\t%s\t%s\n' "$path" "$temporary" "$stands"
  done >"$WORK/half-written"
  awk -F "$TAB" '$3 == "yes" { print $1 }' "$WORK/half-written" >>"$WORK/own-files"
  sort -u -o "$WORK/own-files" "$WORK/own-files"
}

choose_files() {
  awk -F "$TAB" -v look="$LOOK" '
    BEGIN { OFS = "\t" }
    FILENAME == ARGV[1] { own[$1] = 1; next }
    FILENAME == ARGV[2] { had[$1, $2, $3, $4] = 1; next }
    FILENAME == ARGV[3] { off[$6] = 1; next }
    look == "yes" ? $1 in off || !($1 in own) : !(($1, $2, $3, $5) in had) {
      print $1, $2, $3, $4, $5, ($1 in own ? "replace" : "new")
    }' "$WORK/own-files" "$WORK/placed-had" "$WORK/files-off" "$WORK/files" >"$WORK/files.chosen"
  # A folder in the place of a file is a conflict, unless it goes.
  while IFS=$TAB read -r path mode content temporary owner how; do
    decode "$path"
    if [ -d "$text" ] && [ ! -L "$text" ]; then how=new; fi
    printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$path" "$mode" "$content" "$temporary" "$owner" "$how"
  done <"$WORK/files.chosen" >"$WORK/files"
  cut -f 1 "$WORK/placed" >"$WORK/paths-wanted"
  lines_not_in "$WORK/paths-wanted" <"$WORK/own-files" >"$WORK/files-gone"
}

# An interrupted `apply` may have made a folder and not given it away yet.
plan_private_folders() {
  if [ "$BETWEEN" = yes ]; then cat "$TABLES/private"; else lines_not_in "$HAVE/private" <"$TABLES/private"; fi >"$WORK/private-new"
  [ "$LOOK" = no ] || while IFS=$TAB read -r node path rest; do
    decode "$path"
    [ -d "$STATE/private/$node$text" ] || printf '%s\t%s\t%s\n' "$node" "$path" "$rest"
  done <"$TABLES/private" | lines_not_in "$WORK/private-new" >"$WORK/private-missing"
  [ ! -s "$WORK/private-missing" ] || cat "$WORK/private-missing" >>"$WORK/private-new"
  # One that is within another, or around it, stays.
  awk -F "$TAB" '
    FILENAME == ARGV[1] { wanted[$1] = wanted[$1] $2 "\t"; next }
    FILENAME == ARGV[2] { stays[$1] = 1; next }
    $1 in stays {
      count = split(wanted[$1], each, "\t")
      for (i = 1; i < count; i++) if (index(each[i] "/", $2 "/") == 1 || index($2 "/", each[i] "/") == 1) next
      print $1 "\t" $2
    }' "$TABLES/private" "$TABLES/nodes" "$HAVE/private" >"$WORK/private-gone"
}

# of what is to be replaced or to go: what no version of the lab has written
list_changed_by_hand() {
  {
    awk -F "$TAB" '$6 == "replace" { print $1 }' "$WORK/files"
    cat "$WORK/files-gone"
  } | while IFS= read -r path; do
    decode "$path"
    [ ! -f "$text" ] || [ -L "$text" ] || printf '%s\n' "$path"
  done >"$WORK/may-be-changed"
  sums_of "$WORK/may-be-changed" | awk -F "$TAB" '
    FILENAME == ARGV[1] || FILENAME == ARGV[2] { known[$1, $3] = 1; node[$1] = $5; next }
    !(($1, $2) in known) { print $1 "\t" ($1 in node ? node[$1] : "-") }' "$WORK/placed-had" "$WORK/placed" - \
    >"$WORK/changed-by-hand"
}

write_changes() {
  install_programs
  are_processes_as_before || make_process_folders
  make_private_folders "$WORK/private-new"
  note_unsure
  place_files
  give_private_folders "$WORK/private-new"
  find "$STATE/proc/" '(' -name .private -o -name '*.spec.new' ')' -exec rm -f {} +
  write_private_lists
}

# A program that runs keeps the file that it was started from.
install_programs() {
  [ -s "$WORK/programs-new" ] || return 0
  count "$(lines "$WORK/programs-new")" program
  say "$text"
  mkdir -p "$STATE/payload/bin"
  chmod a+rx "$STATE/payload/bin"
  while IFS= read -r program; do
    mv -f -- "$TABLES/bin/$program" "$STATE/payload/bin/$program"
  done <"$WORK/programs-new"
}

# What an `apply` that was killed has left beside the places of files.
remove_half_written() {
  awk -F "$TAB" '$3 == "yes" { print "made\t" $1 "\t." }' "$WORK/half-written" >>"$JOURNAL"
  in_safe_folders <"$WORK/half-written" | while IFS=$TAB read -r _ temporary _; do
    decode "$temporary"
    printf '%s\0' "$text"
  done | xargs -0 -r rm -f --
}

keep_changed_by_hand() {
  while IFS=$TAB read -r path node; do
    decode "$path"
    folder=$STATE/log/+changed
    [ "$node" = - ] || folder=$STATE/log/$node/+changed
    kept=$folder/${text#/} number=0
    while [ -e "$kept" ] || [ -L "$kept" ]; do
      number=$((number + 1))
      kept=$folder/${text#/}.$number
    done
    { mkdir -p "${kept%/*}" && cp -a -- "$text" "$kept"; } || stop 1 "file $path was changed by hand, and cannot be copied to $folder"
    say "file $path was changed by hand; what stood there is kept as $kept"
  done <"$WORK/changed-by-hand"
}

# Once the file is right again, nothing else would tell that a process may have read another.
note_unsure() {
  while IFS=$TAB read -r node name _; do
    spec=$STATE/proc/$node/$name.spec
    [ ! -f "$spec" ] || echo unsure >>"$spec"
  done <"$WORK/unsure"
}

# Before others are written: one may be where a folder was, or the other way round.
remove_what_goes() {
  remove_half_written
  keep_changed_by_hand
  left=0
  if [ -s "$WORK/files-gone" ]; then
    count "$(lines "$WORK/files-gone")" file
    say "$text removed"
    remove_files_that_go
  fi
  remove_folders "$WORK/dirs-needed"
  sed "s|^|$STATE/payload/bin/|" "$WORK/programs-gone" | xargs -r rm -f
  rmdir "$STATE/payload/bin" 2>/dev/null || :
  while IFS=$TAB read -r node path; do
    decode "$path"
    rm -rf "${STATE:?}/private/$node$text"
    rmdir -p "$(dirname "$STATE/private/$node$text")" 2>/dev/null || :
  done <"$WORK/private-gone"
  awk -F "$TAB" -v state="$STATE/" '
    FILENAME == ARGV[1] { stays[$1] = 1; next }
    !($1 in stays) { print state "private/" $1; print state "node/" $1; print state "proc/" $1 }' \
    "$TABLES/nodes" "$HAVE/nodes" | xargs -r rm -rf
}

# What was put in their places is put back; of the others is written down that they stand no longer.
remove_files_that_go() {
  files_written_down | awk -F "$TAB" '
    FILENAME == ARGV[1] { goes[$1] = 1; next }
    $1 in goes' "$WORK/files-gone" - | in_safe_folders >"$WORK/old-files"
  cut -f 1,4 "$WORK/old-files" | awk -F "$TAB" '$2 != "-" { print $1 "\t" $2 }' >"$WORK/put-back"
  remove_old_files
  cut -f 1 "$WORK/put-back" >"$WORK/put-back.paths"
  lines_not_in "$WORK/put-back.paths" <"$WORK/files-gone" | while IFS= read -r path; do
    decode "$path"
    [ -e "$text" ] || [ -L "$text" ] || printf 'restored\t%s\t.\n' "$path"
  done >>"$JOURNAL"
  records restored >"$WORK/restored"
  while IFS=$TAB read -r path number; do
    ! grep -qxF -- "$path" "$WORK/restored" || rm -f "${STATE:?}/backup/$number"
  done <"$WORK/put-back"
}

remove_empty_folders() {
  rmdir "$STATE/private" "$STATE/node" "$STATE/backup" 2>/dev/null || :
  for folder in "$STATE/proc"/*/; do
    [ -d "$folder" ] || continue
    set -- "$folder"*.spec
    if [ ! -e "$1" ] && [ ! -e "$folder.exec" ] && [ ! -e "$folder.private" ]; then rm -rf "$folder"; fi
  done
}
