# 31-root: what changes or looks into a lab needs root, and gets it by itself where sudo asks for no password.

# wants_root COMMAND [OPTION…]: all but what only looks at the bundle itself
wants_root() {
  case ${1-help} in
    help | --help | -h | manifest | extract) return 1 ;;
    up)
      for option in "$@"; do
        [ "$option" != --dry-run ] || return 1
      done
      ;;
  esac
}

# This stands outside of all functions, where "$@" is still the whole command line.
USER_ID=$(id -u)
if [ "$USER_ID" -ne 0 ] && wants_root "$@" && sudo -n true >/dev/null 2>&1; then
  say "this needs root; going on by sudo"
  exec sudo -n sh "$SELF" "$@"
fi

need_root() {
  [ "$USER_ID" -eq 0 ] || stop 2 "this needs root" "run it with sudo"
}
