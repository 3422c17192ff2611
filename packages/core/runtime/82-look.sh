# 82-look: `manifest`, `extract`: a look inside the bundle.

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
