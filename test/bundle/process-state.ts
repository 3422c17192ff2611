import type { Phynode } from "./phynode.js";

/**
 * What a lab is on a phynode but for its network, a line each, sorted: its processes (command line, cores, environment, node,
 * folder, mounts, signals that are ignored), its cgroups, files and folders (mode, owner, content) and what is written down
 * of processes. Left out is what differs between two runs of the same lab: pids, ids of runs, logs. Two versions of a
 * lab that are the same give the same text.
 */
export function processState(phynode: Phynode, lab = "small"): string {
  const script = `
    set -f
    state=/var/lib/dune/${lab}
    set +f
    for netns in /run/netns/*; do [ -e "$netns" ] && stat -L -c "%i \${netns##*/}" "$netns"; done >/run/state.netns
    for process in /proc/[0-9]*; do
      grep -qsz '^DUNE_PROC=' "$process/environ" || continue
      line=$(tr '\\0\\n' '  ' <"$process/cmdline")
      [ -n "$line" ] || continue
      inode=$(stat -L -c %i "$process/ns/net" 2>/dev/null) || continue
      echo "process $line| $(sed -n "s/^$inode //p" /run/state.netns)" \\
        "| $(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p; s/^Umask:[[:space:]]*/umask /p; s/^SigIgn:[[:space:]]*/ignores /p' \\
          "$process/status" | tr '\\n' ' ')" \\
        "| $(readlink "$process/cwd") | $(tr '\\0\\n' '\\n ' <"$process/environ" | sort | tr '\\n' ' ')" \\
        "| $(awk -v state="$state" 'index($4, "/private/") || $5 ~ "^/etc/." { print $4, $5 }' "$process/mountinfo" |
          sort | tr '\\n' ' ')"
    done
    rm -f /run/state.netns
    find /sys/fs/cgroup -mindepth 1 -type d -printf 'cgroup %P\\n' 2>/dev/null
    for folder in /srv "$state"; do
      find "$folder" -path "$state/log" -prune -o -path "$state/work" -prune -o -name journal -prune -o -path "$state/runtime" -prune -o -path "$state/proc/*/.h*" -prune \\
        -o -path "$state/proc/*/.said" -prune -o -name '*.ready' -prune -o -name '*.pid' -prune \\
        -o -printf '%y %p %M %U:%G %l\\n' -type f -exec sha256sum {} \\;
    done`;
  const masked = phynode
    .run(script)
    .stdout.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "ID")
    .split("\n");
  return masked.sort().join("\n");
}
