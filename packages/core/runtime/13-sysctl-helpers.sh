# 13-sysctl-helpers: sysctls of a node that stays are made what they would be in a new one.

# In a scratch namespace, which ends with this process: notes in work/sysctl-right/NETNS what each path that is asked about
# is to have.
helper_scratch_sysctls() {
  work=$DUNE_WORK
  [ ! -f "$work/sysctl-new/$1" ] || sysctls "$1" "$work/sysctl-new/$1"
  { ip link add name v0 type veth peer name v1 && ip link add name b0 type bridge; } >"$work/sysctl-right/$1" 2>&1 ||
    failed "a scratch namespace for the sysctls of $1 cannot be set up" "$work/sysctl-right/$1"
  awk -F "$TAB" "$SYSCTL_VALUE"'
    { value = $3 == "-" ? sysctl_value($2) : encoded($3) }
    value != "" { print $1 FS value }' "$work/sysctl-asked/$1" >"$work/sysctl-right/$1"
}

# Some write others: so it is looked at again, until nothing differs or the kernel goes its own way.
helper_right_sysctls() {
  work=$DUNE_WORK
  for _ in 1 2 3; do
    awk -F "$TAB" "$SYSCTL_VALUE"'
      { is = sysctl_value($1) }
      is != "" && is != encoded($2) { print }' "$work/sysctl-right/$1" >"$work/sysctl-wrong.$1"
    [ -s "$work/sysctl-wrong.$1" ] || break
    sysctls "$1" "$work/sysctl-wrong.$1"
  done
  rm -f "$work/sysctl-wrong.$1"
}

# sysctl_value(): what the namespace of this process has, as the text of a table, blanks in one way; empty where it says nothing
SYSCTL_VALUE='
  function sysctl_value(path,    file, line, text, count) {
    file = "/proc/sys/" path
    while ((getline line <file) > 0) text = text (count++ ? "\\n" : "") line
    close(file)
    gsub(/[ \t]+/, " ", text)
    return text
  }
  function encoded(text) { gsub(/(\\t| )+/, " ", text); return text }'
