# 32-check-programs: what the lab's own programs need of this server, by the table `programs`: the loader and the shared
# libraries of what is linked dynamically, the command that runs a script. Bundles of before have no such table.

check_programs() {
  [ -s "$TABLES/programs" ] || return 0
  # On another machine all of it would be missing.
  ! grep -q "^problem${TAB}platform$TAB" "$CHECKS" || return 0
  while IFS=$TAB read -r program kind interpreter needed glibc major; do
    decode "$interpreter"
    interpreter=$text
    case $kind:$interpreter in
      elf:) ;;
      elf:*) check_linked "$program" "$interpreter" "$needed" "$glibc" ;;
      script:*) check_interpreter "$program" "$interpreter" "$major" ;;
    esac
  done <"$TABLES/programs"
  count "$(lines "$TABLES/programs")" program
  fine programs "$text: what they need is here"
}

# is_brought PATH: whether the lab's own files put it there, or a file of that name elsewhere
is_brought() {
  cut -f 1 "$TABLES/files" | encoded=$(printf '%s' "$1" | encode) awk '
    $0 == ENVIRON["encoded"] { found = 1 }
    { sub(/.*\//, "") }
    $0 == ENVIRON["encoded"] { found = 1 }
    END { exit !found }'
}

# check_interpreter PROGRAM COMMAND MAJOR
check_interpreter() {
  ! cut -f 1 "$TABLES/programs" | grep -qxF -e "$2" || return 0
  # A folder, too, is executable.
  if [ -d "$2" ]; then
    problem programs "program $1 is run by $2, which is a folder" "mend the first line of $1"
    return 0
  fi
  find_command "$2"
  if [ -n "$found" ]; then
    check_major "$1" "$found" "$3"
  elif ! is_brought "$2"; then
    problem programs "program $1 is run by $2, which is not $where" "$(interpreter_hint "${2##*/}")"
  fi
}

# interpreter_hint NAME: what Debian has it in, where that is sure
interpreter_hint() {
  case $1 in
    node) printf 'apt-get install nodejs' ;;
    bash | dash | ksh | lua5.4 | perl | php | python3 | ruby | zsh) printf 'apt-get install %s' "$1" ;;
    *) printf 'install %s, or let another one run the program' "$1" ;;
  esac
}

# find_command COMMAND: sets `found` to where it is, `where` to where it was looked for: without `/` that is where the lab's
# commands look
find_command() {
  found='' where=there
  case $1 in
    */*) [ ! -x "$1" ] || found=$1 ;;
    *)
      where="in PATH of the lab's commands: $SYSTEM_PATH"
      found=$(PATH=$SYSTEM_PATH && command -v "$1") || found=''
      ;;
  esac
}

# check_major PROGRAM COMMAND MAJOR: against what `COMMAND --version` says first
check_major() {
  [ "$3" != - ] || return 0
  version=$(env -i PATH="$SYSTEM_PATH" LC_ALL=C timeout 20 "$2" --version </dev/null 2>&1 | head -n 1) || :
  here=$(printf '%s\n' "$version" | sed 's/^[^0-9]*//; s/[^0-9].*//')
  if [ "${here:-0}" -lt "$3" ]; then
    problem programs "program $1 needs ${2##*/} $3 or later, $2 says it is ${version:-of no version}" \
      "install ${2##*/} $3 or later; its makers have packages where the distribution's is older"
  fi
}

# check_linked PROGRAM LOADER LIBRARIES GLIBC: where the loader is of a kind that says what it would load, it is asked: it
# alone knows all the places where it looks
check_linked() {
  if [ ! -e "$2" ]; then
    is_brought "$2" || lacks_loader "$1" "$2"
    return 0
  fi
  if lacks_glibc "$4"; then
    problem programs "program $1 needs glibc $4, this server has $glibc_here" "$(or_static "$1" "use a newer server")"
    return 0
  fi
  case $2 in
    */ld-linux*) env -i LC_ALL=C LD_TRACE_LOADED_OBJECTS=1 "$2" "$TABLES/bin/$1" ;;
    */ld-musl-*) env -i "$2" --list "$TABLES/bin/$1" ;;
  esac </dev/null >"$WORK/linked" 2>&1 || :
  not_loaded "$WORK/linked" >"$WORK/not-loaded"
  while IFS=$TAB read -r what name; do
    case $what in
      library) lacks_library "$1" "$name" ;;
      version) lacks_version "$1" "$name" ;;
      start) lacks_start "$1" "$name" ;;
    esac
  done <"$WORK/not-loaded"
}

lacks_loader() {
  case $2 in
    */ld-musl-*) set -- "$1" "$2" "apt-get install musl" ;;
    *) set -- "$1" "$2" "use a server with glibc" ;;
  esac
  problem programs "program $1 needs the loader $2, which is not there" "$(or_static "$1" "$3")"
}

# lacks_glibc VERSION: sets `glibc_here`; what is no glibc says no version
lacks_glibc() {
  [ "$1" != - ] || return 1
  glibc_here=$(getconf GNU_LIBC_VERSION 2>/dev/null) || return 1
  glibc_here=${glibc_here##* }
  printf '%s.%s\n' "$glibc_here" "$1" | awk -F . '{ exit !($1 < $3 || ($1 == $3 && $2 < $4)) }'
}

# not_loaded FILE: what a loader has said is missing, as kind TAB name
not_loaded() {
  awk '
    / => not found/ { print "library\t" $1; next }
    /^Error loading shared library / { sub(/:$/, "", $5); print "library\t" $5; next }
    /: version .* not found/ { sub(/.*: version ./, ""); sub(/\047.*/, ""); print "version\t" $0; next }
    /error while loading shared libraries/ { sub(/.*error while loading shared libraries: /, ""); print "start\t" $0 }
  ' "$1" | sort -u
}

# What sets LD_LIBRARY_PATH has libraries of its own.
lacks_library() {
  ! is_brought "$2" || return 0
  set -- "$1" "program $1 needs the library $2, which is not there" "$(or_static "$1" "install it (Debian: apt-file search $2 says by which package)")"
  if cat "$TABLES/environment" "$TABLES/processes" "$TABLES/exec" | grep -q LD_LIBRARY_PATH; then
    warning programs "$2" "$3"
  else
    problem programs "$2" "$3"
  fi
}

lacks_version() {
  problem programs "program $1 needs version $2 of a library, which is older here" "$(or_static "$1" "use a newer server")"
}

lacks_start() {
  warning programs "it cannot be seen whether program $1 starts: $2"
}

or_static() {
  printf '%s, or link it statically: static = true in [binaries.%s]' "$2" "$1"
}
