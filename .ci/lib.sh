# Shared by the scripts beside it: where things are, what is installed, and how to say it.
# shellcheck shell=bash disable=SC2034

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"

WASM_BINDGEN_VERSION=$(sed -n 's/^wasm-bindgen = "=\(.*\)"/\1/p' Cargo.toml)
CARGO_LEPTOS_VERSION=0.3.10

export PATH="$ROOT/target/binaryen/node_modules/.bin:${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
TARGET=${CARGO_TARGET_DIR:-$ROOT/target}
case $TARGET in /*) ;; *) TARGET=$ROOT/$TARGET ;; esac
SERVER=$TARGET/release/chat-chat

say() { if [ -t 1 ]; then printf '\n\033[1m==> %s\033[0m\n' "$*"; else printf '\n==> %s\n' "$*"; fi; }
die() { printf '%s\n' "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# debian PACKAGE…: installs those that are missing.
debian() {
    local missing=() package
    for package in "$@"; do
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    has apt-get || die "Please install what Debian calls: ${missing[*]}"
    say "Installing from Debian: ${missing[*]} (about a minute)"
    if [ -z "${APT_UPDATED:-}" ]; then
        as_root apt-get update -q
        APT_UPDATED=1
    fi
    # RUNLEVEL=1: a package must not start its system service; the tests run private ones.
    as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
        apt-get install -y -q --no-install-recommends "${missing[@]}"
}

# tool COMMAND VERSION MINUTES CRATE OPTION…: builds a cargo tool unless that version is there.
# Optimised, cargo-leptos alone takes half an hour to compile, and is no quicker in use.
tool() {
    local command=$1 version=$2 minutes=$3 crate=$4
    shift 4
    [ "$("$command" --version 2>/dev/null)" = "$command $version" ] && return
    say "Installing $command $version (about $minutes minutes on two cores, once)"
    # An own target folder: an interrupted installation goes on where it was.
    CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=0 \
        CARGO_PROFILE_RELEASE_CODEGEN_UNITS=256 CARGO_PROFILE_RELEASE_DEBUG=0 \
        cargo install "$crate" --version "$version" --locked --force --target-dir "$ROOT/target/tools" "$@"
    rm -rf "$ROOT/target/tools"
}

# The flags of cargo-leptos, so that what the server is made of is not compiled again.
build_harness() { RUSTFLAGS="--cfg erase_components" cargo build --release --features harness --bin harness; }
