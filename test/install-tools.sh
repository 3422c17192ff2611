#!/bin/sh
# install-tools.sh NAME: standard input lists a tool and its packages, a line each. What is missing is installed where that is
# possible, as root by apt-get. Then prints the packages that are missing still.
set -eu

missing() {
  while read -r tool package; do
    command -v "$tool" >/dev/null 2>&1 || [ -x "/usr/sbin/$tool" ] || printf ' %s' "$package"
  done <<END
$list
END
}

list=$(cat)
packages=$(missing)
if [ -n "$packages" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "$1: installing$packages" >&2
  log=$(mktemp)
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update && echo "$packages" | xargs apt-get install -y --no-install-recommends; } >"$log" 2>&1 || {
    cat "$log" >&2
    exit 2
  }
  rm -f "$log"
fi
missing
