#!/bin/sh
# Runs one command of a build, and sees to it that nothing of it is left: supervise.sh MARK COMMAND...
# MARK is a NAME=VALUE that is in the environment of all that the command starts, and not in this script's own; the rest of
# the command's environment is what this script has, so nothing of it is changed here. Dune holds the other end of
# descriptor 3: it reads the exit code there, and when its end closes, because dune wants the build to end or is itself
# dead, all of it is killed. Dune starts this script in a session of its own.
set -u
umask 022

# By their marks, those too that have left the group. What is started meanwhile is found by the next look; a process that
# is just becoming another program shows no environment, so the last look is a moment after the one that has found nothing.
kill_marked() {
  mark=$1
  rounds=0
  waited=no
  while [ "$rounds" -lt 100 ]; do
    found=$(grep -lsxzF -e "$mark" /proc/[0-9]*/environ) || :
    if [ -z "$found" ]; then
      [ "$waited" = no ] || return 0
      sleep 0.1 || sleep 1
    fi
    waited=$([ -n "$found" ] && echo no || echo yes)
    for file in $found; do
      pid=${file#/proc/}
      kill -KILL "${pid%/environ}" 2>/dev/null || :
    done
    rounds=$((rounds + 1))
  done
}

{
  read -r _ <&3
  # Not on to the end below, which would stop this work in the middle.
  kill -STOP $$
  kill_marked "$1"
  kill -KILL 0
} &

# Without what some shells add of their own.
env -u _ -u SHLVL -u OLDPWD "$@" 3>&-
echo $? >&3
# What the command has left in the background, the reader above, and this shell.
kill -KILL 0
