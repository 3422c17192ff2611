# 00-integrity: before anything else the checksum of runtime and payload must be right, so that a truncated or altered
# bundle does nothing at all. The braces make the shell read this whole part before it runs any of it.
{
  set -eu
  LC_ALL=C
  PATH=${PATH:-/usr/bin}:/usr/sbin:/usr/bin:/sbin:/bin
  export LC_ALL PATH
  umask 077
  TAB='	' # a tab; every helper comes by here, so nothing is forked for it

  refuse_bundle() {
    printf 'dune: %s: %s: %s\n' "${DUNE_PHYNODE-?}" "$0" "$1" >&2
    exit 2
  }

  # The runtime starts itself again as `--helper` for work inside a namespace; that copy has no payload to look at.
  if [ "${1-}" != --helper ]; then
    case $0 in
      /*) SELF=$0 ;;
      *) SELF=$PWD/$0 ;;
    esac
    case ${DUNE_LAB-}/${DUNE_PHYNODE-} in
      /* | */ | .* | */.* | -* | */-* | *[!A-Za-z0-9_./-]*) refuse_bundle "this bundle names no lab or no phynode; build it again" ;;
    esac
    # The sum is of all behind the seven lines that the compiler has written before this.
    if [ -n "$DUNE_PAYLOAD_OFFSET" ]; then
      # The offset is padded with zeros, which the shell's arithmetic would take for octal.
      PAYLOAD_OFFSET=${DUNE_PAYLOAD_OFFSET#"${DUNE_PAYLOAD_OFFSET%%[!0]*}"}
      found=$(tail -n +8 "$SELF" | sha256sum) || refuse_bundle "the bundle cannot be read"
      [ "${found%% *}" = "$DUNE_SHA256" ] ||
        refuse_bundle "this bundle is truncated or altered (its SHA-256 differs); copy it again"
    else
      found=$({ tail -n +8 "$SELF" && cat "${SELF%/*}/payload/SHA256SUMS"; } 2>/dev/null | sha256sum) || :
      { [ "${found%% *}" = "$DUNE_SHA256" ] && (cd "${SELF%/*}/payload" && sha256sum -c SHA256SUMS) >/dev/null 2>&1; } ||
        refuse_bundle "this script or the folder 'payload' beside it is incomplete or altered; copy both again"
    fi
  fi
}
