# Sourced by ./demo and ./test: `need PROGRAM [how to get it]` finds a program or installs its package
# ($NEED_PACKAGE where that has another name).
need() {
  command -v "$1" >/dev/null 2>&1 && return 0
  if [ -n "${2:-}" ]; then
    echo "$1 is missing: $2" >&2
    exit 1
  fi
  if command -v apt-get >/dev/null 2>&1; then
    local sudo=""
    [ "$(id -u)" -eq 0 ] || sudo="sudo"
    if [ -n "$sudo" ] && ! command -v sudo >/dev/null 2>&1; then
      echo "$1 is missing: run 'apt-get install $1' as root" >&2
      exit 1
    fi
    echo "Installing $1 …" >&2
    $sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq "${NEED_PACKAGE:-$1}" >/dev/null
  elif command -v brew >/dev/null 2>&1; then
    echo "Installing $1 …" >&2
    brew install --quiet "${1%-server}"
  else
    echo "$1 is missing: install it with this system's package manager" >&2
    exit 1
  fi
}
