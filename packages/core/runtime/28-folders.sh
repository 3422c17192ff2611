# 28-folders: folders in which other users could lead root elsewhere. In a folder that is everyone's (/tmp) another user
# can put a link, or a folder of his own, where one of the lab's is to be; what root owns there he can neither move nor
# remove.

# folders_above: of paths on standard input (*text*) all folders above them, parents first
folders_above() {
  awk '{
    count = split($0, parts, "/")
    path = ""
    for (i = 2; i < count; i++) if (parts[i] != "") { path = path "/" parts[i]; print path }
  }' | sort -u
}

# unsafe_folders LIST: those of the folders (*text*, parents first) that another user can lead elsewhere, as
# PATH TAB USER; `-` for everyone. work/folders: those that are there.
unsafe_folders() {
  while IFS= read -r path; do
    decode "$path"
    [ ! -d "$text" ] || printf '%s\n' "$path"
  done <"$1" >"$WORK/folders"
  while IFS= read -r path; do
    decode "$path"
    printf '%s\0' "$text"
  done <"$WORK/folders" >"$WORK/folders.0"
  {
    xargs -0 -r stat -c '%u %U' -- <"$WORK/folders.0"
    xargs -0 -r stat -L -c %a -- <"$WORK/folders.0"
  } | awk -v count="$(lines "$WORK/folders")" '
    FILENAME == ARGV[1] && FNR <= count { split($0, owner, " "); id[FNR] = owner[1]; user[FNR] = owner[2]; next }
    FILENAME == ARGV[1] { mode[FNR - count] = $0; next }
    {
      parent = $0
      sub(/\/[^\/]*$/, "", parent)
      if (id[FNR] != 0 && parent in shared) print $0 "\t" user[FNR]
      sticky = mode[FNR] ~ /^[1357]...$/
      if (sticky || mode[FNR] ~ /[2367]$/) shared[$0] = 1
      if ($0 in shared && !sticky) print $0 "\t-"
    }' - "$WORK/folders"
}

# what is wrong with the folders of work/unsafe
say_unsafe() {
  awk -F "$TAB" '{
    who = $2 == "-" ? "is everyone\047s to change" : "belongs to user " $2
    print "folder " $1 " " who ", who could lead the files in it elsewhere; " ($2 == "-" ? "chmod +t it" : "remove it")
  }' "$WORK/unsafe"
}

# in_safe_folders: those lines of standard input whose first field is a path in a folder that is there and safe. After a
# restart of the server a folder in /tmp that the lab had made can be another user's.
in_safe_folders() {
  cat >"$WORK/paths"
  cut -f 1 "$WORK/paths" | folders_above >"$WORK/above"
  unsafe_folders "$WORK/above" >"$WORK/unsafe"
  awk -F "$TAB" '
    FILENAME == ARGV[1] { unsafe[$1] = 1; next }
    FILENAME == ARGV[2] { there[$0] = 1; next }
    {
      folder = $1
      sub(/\/[^\/]*$/, "", folder)
      safe = folder == "" || folder in there
      for (; folder != ""; sub(/\/[^\/]*$/, "", folder)) if (folder in unsafe) safe = 0
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
