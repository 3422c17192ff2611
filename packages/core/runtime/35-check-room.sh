# 35-check-room: the file systems of the state folder and of the files: writable, with room, programs may run.

# What the runtime writes, in blocks of 4 KiB: about ten batches and answers a node, seven files a process (spec, pid,
# exit code, logs, folders), and 4 MiB for the journal, the logs' beginnings and what `down` needs to work in.
STATE_KIB=4096
NODE_FILES=10
PROCESS_FILES=7

# sets `payload_kib` to what the payload takes when it is unpacked: gzip's last four bytes are that, the lowest first
measure_payload() {
  if [ -n "$DUNE_PAYLOAD_OFFSET" ]; then
    payload_kib=$(tail -c 4 "$SELF" | od -A n -t u1 | {
      read -r b0 b1 b2 b3
      printf '%s\n' $(((b0 + 256 * (b1 + 256 * (b2 + 256 * b3))) / 1024))
    })
  else
    payload_kib=$(du -sk "${SELF%/*}/payload" | cut -f 1)
  fi
}

# mounts_of: for each physical path of standard input the path, the mount point that it is below, the mount's options
mounts_of() {
  awk -F "$TAB" "$PARENT"'
    function plain(text) {
      gsub(/\\040/, " ", text); gsub(/\\011/, "\t", text); gsub(/\\012/, "\n", text); gsub(/\\134/, "\\", text)
      return text
    }
    FILENAME == ARGV[1] { split($0, words, " "); options[plain(words[2])] = words[4]; next }
    {
      at = $1
      while (at != "" && !(at in options)) at = parent(at)
      if (at == "") at = "/"
      print $1 "\t" at "\t" options[at]
    }' /proc/self/mounts -
}

# physical_parent PATH: sets `folder` to the folder that is, or is above, PATH, links followed
physical_parent() {
  folder=$1
  while [ -n "$folder" ] && [ ! -d "$folder" ]; do folder=${folder%/*}; done
  folder=$(cd -P "${folder:-/}" && pwd -P)
}

# need_room_for_payload PATH: before anything is unpacked
need_room_for_payload() {
  measure_payload
  physical_parent "$1"
  printf '%s\n' "$folder" | mounts_of | {
    IFS=$TAB read -r _ mounted options
    case ,$options, in
      *,ro,*) stop 2 "$1 cannot be written: $mounted is mounted read-only" \
        "mount -o remount,rw $mounted, or choose another place: up --state-dir DIR" ;;
    esac
    lacks_room "$folder" $((payload_kib + STATE_KIB)) 64 || exit 0
    stop 2 "there is no room in $1: $text" "free some of $mounted, or choose another place: up --state-dir DIR"
  }
}

# measure_room FOLDER: sets `free_kib`, `inodes` and `free_inodes` of its file system; some count no inodes
measure_room() {
  IFS=' ' read -r blocks size inodes free_inodes <<ROOM
$(stat -f -c '%a %S %c %d' "$1")
ROOM
  free_kib=$((blocks * (size / 512) / 2))
}

# lacks_room FOLDER KIB INODES: where there is less, says so in `text`
lacks_room() {
  measure_room "$1"
  if [ "$free_kib" -lt "$2" ]; then
    text="$(in_units "$free_kib") are free, $(in_units "$2") are needed"
  elif [ "$inodes" -gt 0 ] && [ "$free_inodes" -lt "$3" ]; then
    text="$free_inodes files (inodes) can be made, $3 are needed"
  else
    return 1
  fi
}

in_units() {
  if [ "$1" -lt 10240 ]; then printf '%s KiB' "$1"; else printf '%s MiB' "$(($1 / 1024))"; fi
}

# check_room: `up` has unpacked the payload already, `check` counts it
check_room() {
  payload_kib=0
  if [ "$SHOW_ALL" = yes ]; then measure_payload; fi
  physical_parent "$STATE"
  sizes_of_contents >"$WORK/sizes"
  state_needs "$folder" >"$WORK/places"
  file_needs >>"$WORK/places"
  cut -f 2 "$WORK/places" | mounts_of >"$WORK/place-mounts"
  needs_of_mounts >"$WORK/needs"
  while IFS=$TAB read -r mounted options where kib inodes state count programs; do
    check_mount "$mounted" "$options" "$where" "$kib" "$inodes" "$state" "$count" "$programs"
  done <"$WORK/needs"
  measure_room "$folder"
  fine "state folder" "$STATE: $(in_units "$free_kib") are free"
}

sizes_of_contents() {
  printf '%s\n' "$TABLES"/content/* | xargs stat -c "%n$TAB%s" 2>/dev/null | sed 's|.*/||' || :
}

# state_needs FOLDER: kind, folder, KiB, inodes, programs
state_needs() {
  nodes=$(lines "$TABLES/nodes") processes=$(lines "$TABLES/processes")
  files=$((nodes * NODE_FILES + processes * PROCESS_FILES))
  programs=no
  [ ! -d "$TABLES/bin" ] || programs=yes
  printf 'state\t%s\t%s\t%s\t%s\n' "$1" $((payload_kib + STATE_KIB + 4 * files)) $((files + 64)) "$programs"
}

# the same for every file and private path, where the nearest folder that exists is; a folder that is to be made counts at its first file
file_needs() {
  awk -F "$TAB" "$PARENT"'
    FILENAME == ARGV[1] { physical[$1] = $2; next }
    FILENAME == ARGV[2] { kib[$1] = int(($2 + 4095) / 4096) * 4; next }
    FILENAME == ARGV[3] { $2 = $3 = "-" }
    {
      path = parent($1)
      made = 0
      while (path != "" && !(path in physical)) {
        if (!seen[path]++) made++
        path = parent(path)
      }
      at = path == "" ? "/" : physical[path]
      print "file\t" at "\t" kib[$3] + 4 * made "\t" 1 + made "\t" ($2 ~ /[1357]/ ? "yes" : "no")
    }' "$WORK/existing" "$WORK/sizes" "$WORK/new-private" "$WORK/files"
}

# mount point, options, one folder there, KiB, inodes, whether the state is there, number of files; then `bin` for the
# lab's programs, or the number of executable files
needs_of_mounts() {
  awk -F "$TAB" '
    FILENAME == ARGV[1] { mounted[FNR] = $2; options[$2] = $3; next }
    {
      at = mounted[FNR]
      if (!(at in where)) { where[at] = $2; order[++count] = at; state[at] = "no"; files[at] = programs[at] = 0 }
      kib[at] += $3
      inodes[at] += $4
      if ($1 == "state") state[at] = "yes"
      else files[at]++
      if ($5 == "yes") programs[at] = $1 == "state" ? "bin" : programs[at] == "bin" ? "bin" : programs[at] + 1
    }
    END {
      for (i = 1; i <= count; i++) {
        at = order[i]
        printf "%s\t%s\t%s\t%d\t%d\t", at, options[at], where[at], kib[at], inodes[at]
        print state[at] "\t" files[at] "\t" programs[at]
      }
    }' "$WORK/place-mounts" "$WORK/places"
}

# check_mount MOUNTPOINT OPTIONS FOLDER KIB INODES STATE FILES PROGRAMS
check_mount() {
  count "$7" file
  area=files who=$text
  if [ "$6" = yes ]; then area="state folder" who="the lab's state ($STATE)"; fi
  case ,$2, in
    *,ro,*) problem "$area" "$1 is mounted read-only, where $who should go" "mount -o remount,rw $1" ;;
    *) ! lacks_room "$3" "$4" "$5" || problem "$area" "there is no room on $1 for $who: $text" "free some of $1" ;;
  esac
  case ,$2,/$8 in
    *,noexec,*/0) ;;
    *,noexec,*/bin)
      problem "$area" "$1 is mounted noexec, and the lab's programs are to run there" "mount -o remount,exec $1"
      ;;
    *,noexec,*)
      count "$8" file
      warning files "$1 is mounted noexec, and $text there should be executable" "mount -o remount,exec $1"
      ;;
  esac
}
