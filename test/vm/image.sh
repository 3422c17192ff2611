#!/bin/sh
# image.sh amd64|arm64: builds what the test machines of an architecture boot, a kernel and one initramfs, out of Debian
# packages, and prints its folder.
# The packages are kept by their list, the image by all that goes into it; where neither has changed, nothing is
# downloaded and nothing built. Needs root (files keep their owners) and the tools that run.sh looks for.
set -eu
LC_ALL=C
export LC_ALL
umask 022
arch=$1
cd "$(dirname "$0")"
cache=$PWD/.cache

# A server's userland as the runtime wants it, what the tests measure with, and a way in.
packages="base-files bird2 busybox-static coreutils dash findutils grep gzip hostname iperf3 iproute2 iputils-ping kmod
  mawk mount openssh-server procps sed tar util-linux"
# Every host can emulate both.
kernel_package=linux-image-cloud-$arch
modules="virtio_pci virtio_blk virtio_net virtio_rng ext4 sch_fq_codel
  veth vxlan bridge sch_netem sch_tbf"

say() { echo "test:vm: $*" >&2; }
words() { echo "$1" | xargs -n 1; }

# apt with lists, cache and status of its own beside the host's sources: what the host has installed does not count.
configure_apt() {
  mkdir -p "$1/lists/partial" "$1/archives/partial"
  cat >"$1/apt.conf" <<END
APT::Architecture "$arch";
APT::Architectures { "$arch"; };
APT::Sandbox::User "root";
Acquire::Languages "none";
Dir::State::lists "$1/lists";
Dir::State::status "/dev/null";
Dir::Cache "$1";
Dir::Cache::archives "$1/archives";
END
}

download() {
  say "downloading Debian packages for $arch, once"
  rm -rf "$cache"/packages-"$arch"-*
  fresh=$cache/packages-$arch-new
  configure_apt "$fresh"
  apt-get -qq -c "$fresh/apt.conf" update >&2
  words "$packages" | xargs apt-get -qq -y -c "$fresh/apt.conf" --no-install-recommends --download-only install >&2
  # The kernel alone: what it depends on makes initramfs images and boot loaders.
  kernel=$(apt-cache -c "$fresh/apt.conf" show --no-all-versions "$kernel_package" |
    sed -n 's/^Depends: \(linux-image-[^ ,]*\).*/\1/p')
  (mkdir "$fresh/kernel" && cd "$fresh/kernel" && apt-get -qq -c "$fresh/apt.conf" download "$kernel" >&2)
  rm -rf "$fresh/lists" "$fresh/archives/partial" "$fresh"/*.bin
  mv "$fresh" "$1"
}

# No maintainer script is run, so what they would link or make is in make_links and guest/.
unpack() {
  for folder in bin sbin lib lib64; do
    mkdir -p "$root/usr/$folder"
    ln -s "usr/$folder" "$root/$folder"
  done
  for package in "$store"/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -xf - -C "$root" --keep-directory-symlink \
      --exclude ./usr/share --exclude ./var --exclude '*perl*' --exclude '*/gconv'
  done
}

make_links() {
  ln -sf dash "$root/usr/bin/sh"
  ln -sf mawk "$root/usr/bin/awk"
  mkdir -p "$root/dev" "$root/proc" "$root/sys" "$root/run" "$root/var/lib" "$root/var/empty" "$root/srv" "$root/mnt"
  mkdir -p "$root/disk" "$root/root" "$root/tmp"
  chmod 1777 "$root/tmp"
}

# The modules that a lab or the machine itself needs, with those that they depend on.
install_kernel() {
  dpkg-deb -x "$store"/kernel/*.deb "$build/kernel"
  version=$(ls "$build/kernel/lib/modules")
  mv "$build/kernel/boot/vmlinuz-$version" "$build/vmlinuz"
  depmod -b "$build/kernel" "$version"
  for module in $modules; do
    modprobe -d "$build/kernel" -S "$version" --show-depends "$module"
  done | sed -n "s|^insmod $build/kernel/\([^ ]*\).*|\1|p" | sort -u >"$build/wanted"
  (cd "$build/kernel" && xargs cp --parents -t "$root/usr" <"$build/wanted")
  cp "$build/kernel/lib/modules/$version"/modules.builtin* "$build/kernel/lib/modules/$version/modules.order" \
    "$root/usr/lib/modules/$version/"
  depmod -b "$root" "$version"
}

install_guest() {
  cp -R guest/. "$root/"
  chmod 755 "$root/init" "$root/etc/rc"
  ssh-keygen -q -t ed25519 -N '' -C test -f "$build/key"
  ssh-keygen -q -t ed25519 -N '' -C machine -f "$root/etc/ssh/ssh_host_ed25519_key"
  mv "$build/key.pub" "$root/etc/ssh/authorized_keys"
}

# Not compressed: for an emulated processor unpacking takes longer than loading.
pack() {
  (cd "$root" && find . | sort | cpio -o -H newc -R 0:0 --quiet) >"$build/initramfs"
}

build_image() {
  say "building the image for $arch"
  build=$cache/image-$arch-new root=$cache/image-$arch-new/root
  rm -rf "$cache"/image-"$arch"-*
  mkdir -p "$root"
  unpack
  make_links
  install_kernel
  install_guest
  pack
  rm -rf "$root" "$build/kernel" "$build/wanted"
  mv "$build" "$1"
}

mkdir -p "$cache"
exec 9>"$cache/lock-$arch"
flock 9
release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
list=$(echo "$release" "$packages" "$kernel_package" | sha256sum | cut -c 1-16)
store=$cache/packages-$arch-$list
[ -d "$store" ] || download "$store"
parts=$({
  (cd "$store" && ls archives kernel)
  find image.sh guest -type f | sort | xargs cat
} | sha256sum | cut -c 1-16)
image=$cache/image-$arch-$parts
[ -d "$image" ] || build_image "$image"
echo "$image"
