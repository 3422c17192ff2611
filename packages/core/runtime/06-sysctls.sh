# 06-sysctls: the sysctls of one namespace. Every node's helper that sets those that come before the links begins and, if
# all goes well, ends here: it stands this early so that the shell reads no more of the runtime than it needs.

# write_sysctls FILE: lines of path and value; sets `refused` to those that the kernel does not take. /proc/sys/net shows
# the namespace of who opens it, and looks for it among all that the machine has: so one goes into a folder only once.
write_sysctls() {
  refused='' folder=
  while IFS=$TAB read -r path value; do
    if [ "${path%/*}" = "$folder" ] || cd "/proc/sys/${path%/*}" 2>/dev/null; then
      folder=${path%/*}
      { printf '%b\n' "$value" >"${path##*/}"; } 2>/dev/null || refused="$refused $path=$value"
    else
      refused="$refused $path=$value"
    fi
  done <"$1"
  cd /
}

if [ "${1-} ${2-}" = "--helper before_links" ]; then
  write_sysctls "$DUNE_WORK/sysctl1/$3"
  [ -n "$refused" ] || exit 0
fi
