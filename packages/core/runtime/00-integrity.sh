# 00-integrity: before anything else the payload's checksum must be right, so that a truncated or altered bundle does
# nothing at all. The braces make the shell read this whole part before it runs any of it.
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
    if [ -n "$DUNE_PAYLOAD_OFFSET" ]; then
      # The offset is padded with zeros, which the shell's arithmetic would take for octal.
      PAYLOAD_OFFSET=${DUNE_PAYLOAD_OFFSET#"${DUNE_PAYLOAD_OFFSET%%[!0]*}"}
      found=$(tail -c "+$((PAYLOAD_OFFSET + 1))" "$SELF" | sha256sum) || refuse_bundle "the payload cannot be read"
      [ "${found%% *}" = "$DUNE_PAYLOAD_SHA256" ] ||
        refuse_bundle "the payload is truncated or altered (its SHA-256 differs); copy the bundle again"
    else
      found=$(sha256sum "${SELF%/*}/payload/SHA256SUMS" 2>/dev/null) || :
      { [ "${found%% *}" = "$DUNE_PAYLOAD_SHA256" ] && (cd "${SELF%/*}/payload" && sha256sum -c SHA256SUMS) >/dev/null 2>&1; } ||
        refuse_bundle "the folder 'payload' beside it is incomplete or altered; copy it again"
    fi
  fi
}
