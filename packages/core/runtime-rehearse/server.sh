#!/bin/sh
# A server of a rehearsal: the first process of its PID namespace. Its root is a copy-on-write view of this machine's:
# what is written stays in a tmpfs that goes away with it.
#   server.sh NAME user|root
set -eu
name=$1 kind=$2
# /proc is still that of the outside, and so are the numbers in it.
read -r pid _ </proc/self/stat
root=/tmp
store=$root/.rehearsal
options=
[ "$kind" = root ] || options=,userxattr

# Without root a folder of root's can be written only where its upper half belongs to the user; so these exist there.
own_upper_folders() {
  for path in /etc /etc/* /usr /usr/local /usr/local/* /var /var/* /opt /srv; do
    if [ -d "$path" ] && [ ! -L "$path" ]; then mkdir -p "$store/upper$path"; fi
  done
}

# view_folder PATH: as a copy-on-write view; where the kernel refuses one (other file systems are mounted below, and the
# user is not root), read-only; where that is refused too, or it cannot be read, empty
view_folder() {
  mkdir -p "$root$1" "$store/upper$1" "$store/work$1"
  if [ ! -r "$1" ] || [ ! -x "$1" ]; then return 0; fi
  mount -t overlay -o "lowerdir=$1,upperdir=$store/upper$1,workdir=$store/work$1$options" overlay "$root$1" 2>/dev/null &&
    return 0
  mount --rbind "$1" "$root$1" 2>/dev/null || return 0
  mount -o remount,bind,ro "$root$1" 2>/dev/null || umount -l "$root$1"
}

view_machine() {
  for path in /*; do
    if [ -L "$path" ]; then
      cp -P "$path" "$root$path"
      continue
    fi
    [ -d "$path" ] || continue
    case $path in
      # Names with these characters cannot be written in the options of an overlay.
      *[,:\\]*) ;;
      /proc | /sys | /dev | /run | /tmp) mkdir "$root$path" ;;
      *) view_folder "$path" ;;
    esac
  done
}

view_kernel() {
  mount --rbind /dev "$root/dev"
  mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm" 2>/dev/null || :
  mount -t proc proc "$root/proc"
  # In some containers a user may not mount a sysfs; then the one of this machine has to do. Where a user may, one must
  # stay in sight: `ip netns exec` takes /sys away before it mounts the next.
  mkdir "$store/sys"
  if mount -t sysfs sysfs "$root/sys" 2>/dev/null; then
    mount -t sysfs sysfs "$store/sys"
  else
    mount --rbind /sys "$root/sys"
  fi
}

mount -t tmpfs -o mode=755 tmpfs "$root"
mkdir -m 700 "$store"
mkdir "$store/upper" "$store/work"
[ "$kind" = root ] || own_upper_folders
view_machine
chmod 1777 "$root/tmp"
[ ! -d "$root/root" ] || chmod 700 "$root/root"
view_kernel
mkdir "$root/.outside"
cd "$root"
pivot_root . .outside
umount -l /.outside
rmdir /.outside

# Labs of this machine itself are none of this server's.
[ ! -d /var/lib/dune ] || mount -t tmpfs -o mode=755 tmpfs /var/lib/dune
mkdir -p /run/netns /run/lock
mount --bind /run/netns /run/netns
mount --make-shared /run/netns
hostname "$name" 2>/dev/null || :
ip link set dev lo up

printf 'server %s %s\n' "$name" "$pid"
exec >/dev/null 2>&1
# Like any init, it takes in the processes that others leave behind.
exec sh -c 'while :; do sleep 86400 & wait; done' init
