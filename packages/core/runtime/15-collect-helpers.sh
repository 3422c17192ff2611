# 15-collect-helpers: what `collect` runs for the matches of one pattern: it makes a symbolic link in DUNE_STAGE for
# every regular file, and writes their number to DUNE_STAGE.count, what is left out to DUNE_NOTES. There are a hundred
# at a time: to append to a list of arguments costs a shell the whole list.

# leave_out PATH WHY
leave_out() {
  printf 'results of %s: %s %s\n' "$node" "$(printf '%s' "$1" | encode)" "$2" >>"$DUNE_NOTES"
}

# helper_stage NODE BASE MATCH…: links for all regular files that are at or below the matches
helper_stage() {
  node=$1 base=$2
  shift 2
  checked='' first=yes
  for match in "$@"; do
    [ "$first" = no ] || set --
    first=no
    while [ "$match" != "${match%/}" ]; do match=${match%/}; done
    case $match in
      */.. | */../* | */.) ;;
      *) ! no_foreign_link "$match" || set -- "$@" "$match" ;;
    esac
  done
  [ $# -gt 0 ] || return 0
  { find "$@" -type f -print0 || :; } 2>>"$DUNE_NOTES" |
    xargs -0 -r -n 100 sh "$DUNE_RUNTIME" --helper stage_files "$node" "$base"
}

# no_foreign_link PATH: `find` follows no link, but a pattern may have led over one. Only root's own may be on the way.
no_foreign_link() {
  above=${1%/*}
  [ "$above" != "$checked" ] || return 0
  checked=$above
  while [ -n "$above" ]; do
    if [ -L "$above" ] && [ "$(stat -c %u -- "$above")" != 0 ]; then
      checked=
      leave_out "$1" "is behind a link of user $(stat -c %U -- "$above"), which is not followed"
      return 1
    fi
    above=${above%/*}
  done
}

# helper_stage_files NODE BASE FILE…: `find` names the files of a folder together, so one `ln` does for a folder
helper_stage_files() {
  node=$1 base=$2
  shift 2
  printf '%s\n' "$#" >>"$DUNE_STAGE.count"
  folder='' first=yes
  for file in "$@"; do
    [ "$first" = no ] || set --
    first=no
    into=$DUNE_STAGE/results/$node${file#"$base"}
    if [ "${into%/*}" != "$folder" ]; then
      link_into_folder "$@"
      set --
      folder=${into%/*}
      mkdir -p "$folder"
    fi
    if [ -L "$into" ]; then
      [ "$(readlink "$into")" = "$file" ] ||
        leave_out "$file" "would have the same name in the archive as $(readlink "$into" | encode)"
      echo -1 >>"$DUNE_STAGE.count"
    else
      set -- "$@" "$file"
    fi
  done
  link_into_folder "$@"
}

# Between this and `tar` the owner of a folder could put a link in the place of a file. So what is in another user's
# folder is copied, from within it.
link_into_folder() {
  [ $# -gt 0 ] || return 0
  source=${1%/*}
  if is_roots "$source"; then
    ln -s -- "$@" "$folder/"
    return 0
  fi
  owner=$(stat -L -c %u -- "$source")
  for file in "$@"; do
    (cd -P "$source/" && is_still_there && cp -P -- "./${file##*/}" "$folder/") 2>/dev/null || :
    if [ -L "$folder/${file##*/}" ] || [ ! -f "$folder/${file##*/}" ]; then
      rm -f -- "$folder/${file##*/}"
      leave_out "$file" "is no longer a file, or is behind a link"
      echo -1 >>"$DUNE_STAGE.count"
    fi
  done
}

# whether no link led this shell elsewhere, or only to another folder of the same user's
is_still_there() {
  [ "$PWD" = "$source" ] || { [ "$owner" != 0 ] && [ "$(stat -c %u .)" = "$owner" ]; }
}

# is_roots FOLDER: only root, or who called sudo, can put something into it, or into the place of one above it; else sets
# `above` to where others can. Group 0 is root's. A sticky folder will do, if it is not this one itself.
is_roots() {
  above=$1
  while [ -n "$above" ]; do
    facts=$(stat -L -c '%u %g:%a' -- "$above")
    case ${facts%% *} in
      0 | "${SUDO_UID:-0}") ;;
      *) return 1 ;;
    esac
    case $above:${facts#* } in
      "$1":0:*[2367] | "$1":[!0]*:*[2367] | "$1":[!0]*:*[2367]?) return 1 ;;
      *:[1357]???) ;;
      *:*:*[2367] | *:[!0]*:*[2367]?) return 1 ;;
    esac
    above=${above%/*}
  done
}
