# 28-folders: folders in which other users could lead root elsewhere. In a folder that is everyone's (/tmp) another user
# can put a link, or a folder of his own, where one of the lab's is to be; what root owns there he can neither move nor
# remove.

# For awk programs: parent("/a/b") is /a, that of /a is nothing. To busybox a backslash in a bracket
# expression is itself, so that no regular expression that every awk reads does this for all paths.
PARENT='
  function parent(path,    i) {
    for (i = length(path); i > 0; i--) if (substr(path, i, 1) == "/") return substr(path, 1, i - 1)
    return ""
  }'

# folders_above: of paths on standard input (*text*) all folders above them, parents first
folders_above() {
  awk '{
    count = split($0, parts, "/")
    path = ""
    for (i = 2; i < count; i++) if (parts[i] != "") { path = path "/" parts[i]; print path }
  }' | sort -u
}

# unsafe_folders LIST: those of the folders (*text*, parents first) in which or in whose place others can put something of
# theirs, as PATH TAB USER; `-` for many. Root may, and the user who called sudo. work/folders: those that are there.
unsafe_folders() {
  while IFS= read -r path; do
    decode "$path"
    [ ! -d "$text" ] || printf '%s\n' "$path"
  done <"$1" >"$WORK/folders"
  while IFS= read -r path; do
    decode "$path"
    printf '%s\0' "$text"
  done <"$WORK/folders" >"$WORK/folders.0"
  find_unmapped
  {
    xargs -0 -r stat -c '%u %U' -- <"$WORK/folders.0"
    xargs -0 -r stat -L -c '%a %g' -- <"$WORK/folders.0"
  } | awk -v count="$(lines "$WORK/folders")" -v caller="${SUDO_UID:-0}" -v unmapped="$unmapped" "$PARENT"'
    FILENAME == ARGV[1] && FNR <= count { split($0, owner, " "); id[FNR] = owner[1]; user[FNR] = owner[2]; next }
    FILENAME == ARGV[1] { split($0, facts, " "); mode[FNR - count] = facts[1]; group[FNR - count] = facts[2]; next }
    {
      if (mode[FNR] ~ /[2367]$/ || (mode[FNR] ~ /[2367].$/ && group[FNR] != 0 && group[FNR] != unmapped)) shared[$0] = 1
      sticky = mode[FNR] ~ /^[1357]...$/
      trusted = id[FNR] == 0 || id[FNR] == caller || (id[FNR] == unmapped && !(parent($0) in shared))
      if (!trusted) print $0 "\t" user[FNR]
      else if ($0 in shared && !sticky) print $0 "\t-"
    }' - "$WORK/folders"
}

# sets `unmapped` to the user id that stands for all those which this user namespace does not know: in a rehearsal
# without root that is the machine's own root
find_unmapped() {
  read -r _ _ known </proc/self/uid_map
  unmapped=-1
  [ "$known" -ge 4294967295 ] || unmapped=$(cat /proc/sys/kernel/overflowuid)
}

# what is wrong with the folders of work/unsafe
say_unsafe() {
  awk -F "$TAB" '{
    who = $2 == "-" ? "may be written by others" : "belongs to user " $2
    print "folder " $1 " " who ", who could lead the files in it elsewhere"
  }' "$WORK/unsafe"
}

# in_safe_folders: those lines of standard input whose first field is a path in a folder that is there and safe. After a
# restart of the server a folder in /tmp that the lab had made can be another user's.
in_safe_folders() {
  cat >"$WORK/paths"
  cut -f 1 "$WORK/paths" | folders_above >"$WORK/above"
  unsafe_folders "$WORK/above" >"$WORK/unsafe"
  awk -F "$TAB" "$PARENT"'
    FILENAME == ARGV[1] { unsafe[$1] = 1; next }
    FILENAME == ARGV[2] { there[$0] = 1; next }
    {
      folder = parent($1)
      safe = folder == "" || folder in there
      for (; folder != ""; folder = parent(folder)) if (folder in unsafe) safe = 0
      if (safe) print
    }' "$WORK/unsafe" "$WORK/folders" "$WORK/paths"
}

# make_folders LIST: those that are missing, each level after the one above it: what mkdir has made is root's, and stays
# where it is, so that nothing is made below a link that somebody has just put there.
make_folders() {
  unsafe_folders "$1" >"$WORK/unsafe"
  [ ! -s "$WORK/unsafe" ] || stop 1 "$(say_unsafe)"
  lines_not_in "$WORK/folders" <"$1" >"$WORK/missing"
  level=1 deepest=$(awk -F / 'NF > deepest { deepest = NF } END { print deepest + 0 }' "$WORK/missing")
  while [ "$level" -lt "$deepest" ]; do
    level=$((level + 1))
    awk -F / -v level="$level" 'NF == level' "$WORK/missing" | while IFS= read -r path; do
      decode "$path"
      printf '%s\0' "$text"
    done | (umask 022 && xargs -0 -r mkdir) >"$WORK/dirs.out" 2>&1 ||
      stop 1 "a directory for files cannot be made: $(head -n 1 "$WORK/dirs.out")"
  done
}
