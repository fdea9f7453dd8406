# Functions that make a machine ready, for Services/demo and Tests/run. Sourced by bash; needs $root, the checkout.
# All of them are quiet when there is nothing to do or to complain about, and may be called again and again.

cache=$root/.cache
mkdir -p "$cache"

say() { printf '%s\n' "$*"; }

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

# Runs a command and shows what it printed only if it fails: quietly "what it does" COMMAND…
quietly() {
    local what=$1 log
    shift
    log=$(mktemp "${TMPDIR:-/tmp}/cloakroom-log.XXXXXX")
    if ! "$@" >"$log" 2>&1; then
        printf '%s failed: %s\n--- end of its output ---\n' "$what" "$*" >&2
        tail -n 40 "$log" >&2
        rm -f "$log"
        exit 1
    fi
    rm -f "$log"
}

missing_packages() {
    local package
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || printf '%s\n' "$package"
    done
}

# No service starts with its package, where the machine has no policy of its own about that (invoke-rc.d(8)).
install_packages() (
    local policy=/usr/sbin/policy-rc.d
    if [ ! -e $policy ]; then
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
        printf '#!/bin/sh\nexit 101\n' >$policy
        chmod 755 $policy
    fi
    DEBIAN_FRONTEND=noninteractive quietly "Installing $*" \
        apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "$@"
)

# Debian's server package makes and starts a cluster of its own. Ours are private: it must not.
install_postgres() {
    local settings=/etc/postgresql-common/createcluster.conf
    install_packages postgresql-common
    cp -p "$settings" "$settings.before-cloakroom"
    printf '%s\n' 'create_main_cluster = false' >>"$settings"
    install_packages "$1"
    mv "$settings.before-cloakroom" "$settings"
}

need_packages() {
    command -v apt-get >/dev/null || fail "This needs Debian's packages: $*"
    local missing package
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    [ "$(id -u)" -eq 0 ] || fail "Packages are missing. Install them: sudo apt-get install ${missing[*]}"
    say "Installing ${missing[*]} …"
    quietly "apt-get update" apt-get update -qq
    for package in "${missing[@]}"; do
        case $package in postgresql-[0-9]*) install_postgres "$package" ;; esac
    done
    install_packages "${missing[@]}"
}

need_swift() {
    command -v swift >/dev/null ||
        fail "No Swift toolchain on the PATH. Install Swift 6.3 or newer (swift.org/install/linux) and try again."
}

# Python packages pinned by hash, in a folder named after the list: need_python NAME REQUIREMENTS sets $python.
need_python() {
    local name=$1 requirements=$2 home
    home=$cache/python-$name-$(sha256sum "$requirements" | cut -c 1-12)
    python=$home/bin/python
    exec {lock}>"$cache/python-$name.lock"
    flock "$lock"
    if [ ! -e "$home/complete" ]; then
        say "Python packages for $name …"
        rm -rf "$cache/python-$name-"*/
        quietly "python3 -m venv" /usr/bin/python3 -m venv "$home"
        quietly "pip install" "$python" -m pip install --quiet --disable-pip-version-check --require-hashes \
            --only-binary :all: -r "$requirements"
        touch "$home/complete"
    fi
    exec {lock}>&-
}

# The three services, optimized, with the Swift runtime inside: they run under accounts that cannot see the toolchain.
build_release() {
    need_swift
    (cd "$root" && quietly "The release build" swift build -c release --static-swift-stdlib)
    binaries=$root/.build/release
}
