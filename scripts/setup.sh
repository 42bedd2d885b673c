#!/usr/bin/env bash
# Installs what Strata needs on Debian or Ubuntu and does not find. Says nothing when nothing is missing.
#
#   scripts/setup.sh              install what is missing (as root), or print the one line that would
#   scripts/setup.sh --check      only look: install nothing, exit 1 when something is missing
#   scripts/setup.sh --self-test  exercise this script against stand-ins for dpkg, apt and swift
#
# Exit codes: 0 all there, 1 something is missing or could not be installed, 64 wrong usage.
set -euo pipefail

readonly swift_minimum_major=6 swift_minimum_minor=2
readonly swift_minimum="$swift_minimum_major.$swift_minimum_minor"
readonly swift_remedy="install Swift $swift_minimum or later from https://www.swift.org/install"

# The development packages bring the shared libraries of whichever version the release carries.
readonly packages=(
    wordnet-base          # the default graph
    dataset-fashion-mnist # the default vectors
    zlib1g-dev            # which they are packed with
    gnuplot-nox           # charts
    libjemalloc2          # allocators to compare with glibc's, by LD_PRELOAD
    libjemalloc-dev
    libmimalloc-dev
    libtcmalloc-minimal4
    libxxhash-dev         # XXH3, which the checksums of snapshots are made with
    python3               # scripts/arrows
    strace                # counts system calls
    valgrind              # counts instructions; its header tells it which
)

fail() {
    printf 'setup: %s\n' "$1" >&2
    exit 1
}

# Succeeds when another package than ours already gives the command that we want the package for.
command_is_there() {
    case "$1" in
        gnuplot-nox) command -v gnuplot >/dev/null ;;
        python3) command -v python3 >/dev/null ;;
        strace) command -v strace >/dev/null ;;
        *) return 1 ;;
    esac
}

# Prints the packages that are not installed, one a line. Ubuntu marks some with the suffix t64.
missing_packages() {
    local installed package
    # dpkg-query fails when a package is unknown; what it knows it prints all the same.
    installed=$(dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' \
        "${packages[@]}" "${packages[@]/%/t64}" 2>/dev/null || true)
    for package in "${packages[@]}"; do
        grep -Eqx "installed ${package//./\\.}(t64)?" <<<"$installed" && continue
        command_is_there "$package" && continue
        printf '%s\n' "$package"
    done
}

check_swift() {
    local version major minor
    command -v swift >/dev/null \
        || fail "swift is not on the PATH; $swift_remedy"
    version=$(swift --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9]+\.[0-9]+).*/\1/p' | head -n 1)
    [[ -n "$version" ]] || fail "swift --version tells no version; $swift_remedy"
    major=${version%%.*} minor=${version#*.}
    if ((major < swift_minimum_major || (major == swift_minimum_major && minor < swift_minimum_minor))); then
        fail "swift $version is too old; $swift_remedy"
    fi
}

install_packages() {
    local log
    log=$(mktemp)
    printf 'setup: installing %s\n' "$*" >&2
    apt_install() {
        DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
            -o DPkg::Lock::Timeout=120 "$@" >"$log" 2>&1 </dev/null
    }
    # The package lists may be absent or stale: fetch them only when the first try fails.
    if ! apt_install "$@"; then
        if ! { apt-get update >"$log" 2>&1 </dev/null && apt_install "$@"; }; then
            cat "$log" >&2
            rm -f "$log"
            fail "apt could not install: $*"
        fi
    fi
    rm -f "$log"
}

main() {
    local mode=install missing
    case "${1:-}" in
        '') ;;
        --check) mode=check ;;
        --self-test) exec "$(dirname "${BASH_SOURCE[0]}")/tests/setup" ;;
        *) printf 'usage: scripts/setup.sh [--check | --self-test]\n' >&2; exit 64 ;;
    esac

    command -v dpkg-query >/dev/null || fail "this script knows Debian and Ubuntu only;\
 install what these packages hold, then run make with SETUP=true: ${packages[*]}"
    mapfile -t missing < <(missing_packages)
    if ((${#missing[@]} > 0)); then
        if [[ $mode == check || $(id -u) != 0 ]]; then
            printf 'setup: something is missing; run:\n' >&2
            printf 'sudo apt-get install --yes --no-install-recommends %s\n' "${missing[*]}"
            exit 1
        fi
        install_packages "${missing[@]}"
        mapfile -t missing < <(missing_packages)
        ((${#missing[@]} == 0)) || fail "apt reported success, but these are still missing: ${missing[*]}"
    fi
    check_swift
}

main "$@"
