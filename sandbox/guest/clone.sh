#!/bin/sh
# clone.sh <owner/name> <base-branch> <branch> <directory>
#
# Clones a repository through the gateway and checks out the session's branch: the one that exists here, else the
# one that was pushed before, else a new one from the base branch. Doing it twice changes nothing.
# Exit codes: 0 done, 10 repository not found or forbidden, 11 network, 12 disk full, 13 base branch missing, 1 other.
set -u
[ $# -eq 4 ] || { echo "usage: clone.sh owner/name base-branch branch directory" >&2; exit 2; }
repository=$1 base=$2 branch=$3 directory=$4
guest_dir=$(CDPATH='' cd "$(dirname "$0")" && pwd)
. "$guest_dir/git-env.sh"
export LC_ALL=C GIT_CONFIG_COUNT=7 GIT_CONFIG_KEY_6=core.hooksPath GIT_CONFIG_VALUE_6=/dev/null
url="$BOBBIN_GATEWAY_URL/gateway/git/$repository.git"
output=$(mktemp "${TMPDIR:-/tmp}/bobbin-clone.XXXXXX") || exit 12
trap 'rm -f "$output"' EXIT

# Git has one exit code for every failure, so the cause is looked for only when something failed: the C library's
# text for a full disk, then what the gateway answers.
fail() {
	cat "$output" >&2
	if grep -qE 'No space left on device|Disk quota exceeded' "$output"; then exit 12; fi
	node=${guest_dir%/*}/node/bin/node
	[ -x "$node" ] || node=node
	status=$("$node" "$guest_dir/probe.mjs" "$url/info/refs?service=git-upload-pack" 2>&1) || exit 11
	case $status in
	200) exit 1 ;;
	401 | 403 | 404) exit 10 ;;
	*) exit 11 ;;
	esac
}

run() { git -C "$directory" "$@" >"$output" 2>&1; }
has() { git -C "$directory" show-ref --verify --quiet "$1"; }

if [ -d "$directory/.git" ]; then
	[ "$(git -C "$directory" symbolic-ref --short -q HEAD)" = "$branch" ] && exit 0
	run remote set-url origin "$url" || fail
	run fetch --prune origin || fail
else
	# Cloned beside its place and moved there whole, so that a clone cut short is never taken for a finished one.
	mkdir -p "$(dirname "$directory")" || exit 12
	rm -rf "$directory".partial-*
	partial=$directory.partial-$$
	git clone --quiet --no-checkout "$url" "$partial" >"$output" 2>&1 || fail
	if [ -d "$directory" ]; then rmdir "$directory" 2>>"$output" || fail; fi
	mv "$partial" "$directory" || exit 1
fi

if has "refs/heads/$branch"; then
	run checkout "$branch" || fail
elif has "refs/remotes/origin/$branch"; then
	run checkout -b "$branch" --track "origin/$branch" || fail
elif has "refs/remotes/origin/$base"; then
	run checkout --no-track -b "$branch" "origin/$base" || fail
else
	echo "The branch $base does not exist in $repository." >&2
	exit 13
fi
