# 56-files: the files of the lab: the folders that a node has for itself, the files in their places, and all of it away
# again. A file that is put in place is linked or renamed there whole; what was there before has been copied first.

make_files() {
  make_private_folders "$TABLES/private"
  place_files
  give_private_folders "$TABLES/private"
}

place_files() {
  [ -s "$WORK/files" ] || [ -s "$WORK/dirs" ] || return 0
  if [ -s "$WORK/files" ]; then
    count "$(lines "$WORK/files")" file
    say "$text"
  fi
  make_folders "$WORK/dirs"
  back_up_files
  awk -F "$TAB" -v dir="$WORK/files." '
    BEGIN { OFS = "\t" }
    FILENAME == ARGV[1] { forced[$1] = 1; next }
    {
      file = dir int((FNR - 1) / 25)
      if (file != last) { close(last); print file }
      last = file
      # In an apply it may be a file of the lab that is replaced.
      print $1, $2, $3, $4, $5, ($1 in forced || $6 == "replace" ? "replace" : "new") >file
    }' "$WORK/forced" "$WORK/files" >"$WORK/chunks"
  xargs -r -P "$FREE_COUNT" -n 1 sh "$RUNTIME" --helper files <"$WORK/chunks" || :
  stop_on_failures
}

# make_private_folders LIST: a private folder looks like the server's own at that path, unless the lab says otherwise; it
# is empty.
make_private_folders() {
  [ -s "$1" ] || return 0
  (
    umask 022
    while IFS=$TAB read -r node path _; do
      decode "$path"
      printf '%s\0' "$STATE/private/$node$text"
    done <"$1" | xargs -0 -r mkdir -p
  ) || stop 1 "the private folders of the nodes cannot be made"
  chmod 711 "$STATE/private"
}

# give_private_folders LIST: after the files are in them, since in another user's folder root would have to look twice
give_private_folders() {
  while IFS=$TAB read -r node path mode owner; do
    decode "$path"
    like=
    [ ! -d "$text" ] || like=$(stat -L -c '%a %u:%g' "$text")
    [ "$mode" != - ] || mode=${like%% *}
    [ "$owner" != - ] || owner=${like#* }
    case $mode/$owner in
      755/0:0 | /) continue ;;
    esac
    { chown "${owner:-0:0}" "$STATE/private/$node$text" && chmod "${mode:-755}" "$STATE/private/$node$text"; } ||
      stop 1 "the private folder $path of node $node cannot be given to $owner"
  done <"$1"
}

# With --force: what stands where a file is to go is copied, and the copy is whole, before anything replaces it.
back_up_files() {
  [ -s "$WORK/forced" ] || return 0
  count "$(lines "$WORK/forced")" file
  say "$text replaced; a copy of what was there is kept, and 'down' puts it back"
  mkdir -p "$STATE/backup"
  # An earlier `apply` may have kept copies, too.
  number=$(find "$STATE/backup/" -mindepth 1 | sed 's|.*/||' | sort -n | tail -n 1)
  number=${number:-0}
  while IFS= read -r path; do
    number=$((number + 1))
    decode "$path"
    cp -a -- "$text" "$STATE/backup/$number" || stop 1 "file $path cannot be copied"
    sync "$STATE/backup/$number" 2>/dev/null || sync
    record saved "$path" "$number"
  done <"$WORK/forced"
}

# files_written_down: of every file that the lab claims PATH TAB TEMPORARY TAB whether it stands there (`made`, and then not
# `restored`) TAB number of the copy of what it has replaced. A path that has been written several times stands there once.
files_written_down() {
  awk -F "$TAB" '
    $NF != "." { next }
    FILENAME == ARGV[1] && $1 == "made" { made[$2] = 1 }
    FILENAME == ARGV[1] && $1 == "saved" { copy[$2] = $3 }
    FILENAME == ARGV[1] && $1 == "restored" { delete made[$2]; delete copy[$2] }
    FILENAME == ARGV[1] || $1 != "file" { next }
    {
      first = !seen[$2]++
      print $2 "\t" $3 "\t" (first && $2 in made ? "yes" : "no") "\t" (first && $2 in made && $2 in copy ? copy[$2] : "-")
    }' "$JOURNAL" "$STATE/./journal"
}

# A file of the lab's was written down as made, or has a second name still, which is removed after it. What is in the lab's
# own folder goes with it.
remove_files() {
  files_written_down | awk -F "$TAB" -v own="$STATE/" 'index($1, own) != 1' | in_safe_folders >"$WORK/old-files"
  remove_old_files
  remove_folders
}

# those of work/old-files; in_safe_folders has left in work/paths what there was before it
remove_old_files() {
  refuse_to_forget_copies
  lines_not_in "$WORK/old-files" <"$WORK/paths" | remove_in_place
  while IFS=$TAB read -r path temporary made copy; do
    decode "$path"
    target=$text
    [ "$copy" = - ] || [ "$made" = no ] || put_back "$path" "$target" "$copy"
    decode "$temporary"
    if [ "$copy" = - ] && { [ "$made" = yes ] || same_file "$target" "$text"; }; then
      if [ -e "$target" ] || [ -L "$target" ]; then printf '%s\0' "$target"; fi
    fi
    [ ! -e "$text" ] || printf '%s\0' "$text"
  done <"$WORK/old-files" >"$WORK/to-remove"
  xargs -0 -r rm -f -- <"$WORK/to-remove" 2>"$WORK/rm.out" || :
  if [ -s "$WORK/rm.out" ]; then
    say "files cannot be removed: $(cat "$WORK/rm.out")"
    left=1
  fi
}

# remove_folders [LIST]: those that the lab has made, are empty, and are not in the list
remove_folders() {
  records dir | lines_not_in "${1-/dev/null}" >"$WORK/made-folders"
  in_safe_folders <"$WORK/made-folders" >"$WORK/safe-folders"
  lines_not_in "$WORK/safe-folders" <"$WORK/made-folders" | sort -r | while IFS= read -r path; do
    decode "$path"
    ! go_to "$text" || rmdir -- "$name" 2>/dev/null || :
  done
  sort -r "$WORK/safe-folders" | while IFS= read -r path; do
    decode "$path"
    [ ! -d "$text" ] || printf '%s\0' "$text"
  done | xargs -0 -r rmdir 2>/dev/null || :
}

# remove_in_place: of PATH TAB TEMPORARY TAB made, in folders that others can change
remove_in_place() {
  while IFS=$TAB read -r path temporary made copy; do
    [ "$copy" = - ] || continue
    decode "$path"
    target=$text
    decode "$temporary"
    [ "$made" = no ] || [ ! -e "$target" ] || (go_to "$target" && rm -f -- "$name") ||
      say "left alone: file $path, which is behind a link of another user's"
    [ ! -e "$text" ] || (go_to "$text" && rm -f -- "$name") || :
  done
}

# go_to PATH: into the folder of it, if that is where its name says and no link led there: from then on nobody can lead
# this shell elsewhere. Sets `name` to the last part of the path.
go_to() {
  name=./${1##*/}
  cd -P "${1%/*}/" 2>/dev/null && [ "$PWD" = "${1%/*}" ]
}

# What was replaced in a folder that is gone, or has become unsafe, waits for a later `down`.
refuse_to_forget_copies() {
  lines_not_in "$WORK/old-files" <"$WORK/paths" | awk -F "$TAB" '$3 == "yes" && $4 != "-"' >"$WORK/waiting"
  while IFS=$TAB read -r path _ _ copy; do
    say_not_put_back "$path" "$copy"
  done <"$WORK/waiting"
}

say_not_put_back() {
  say "file $1 cannot be put back; its copy is $STATE/backup/$2"
  left=1
}

# put_back PATH TARGET NUMBER: the copy of a file that the lab's has replaced; a copy of the copy is renamed, so that no
# crash leaves half of it. Its name is new: others have seen that of the lab's file.
put_back() {
  read -r unique </proc/sys/kernel/random/uuid
  again=${1%/*}/.dune-$unique
  record file "$again" "$again"
  decode "$again"
  if cp -a -- "$STATE/backup/$3" "$text" && { sync "$text" 2>/dev/null || sync; } && mv -f -T -- "$text" "$2"; then
    record restored "$1"
  else
    say_not_put_back "$1" "$3"
  fi
}

same_file() {
  [ -e "$1" ] && [ -e "$2" ] && [ "$(stat -c %d:%i -- "$1")" = "$(stat -c %d:%i -- "$2")" ]
}
