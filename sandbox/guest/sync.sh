#!/bin/sh
# sync.sh <owner/name> <base-branch> <branch> <directory> <fresh|kept>
#
# Brings a checkout to what GitHub has, through the gateway, and to the session's branch: the one that was pushed
# before, else a new one from the base branch. Without a checkout it clones. Doing it twice changes nothing more.
#   fresh   nobody has worked here yet (a clone, an image, a warm sandbox): what a build left in versioned files goes
#   kept    a session's own checkout: nothing that is not at GitHub is lost or moved, and nothing is forced
# Prints one fact a line:
#   head <sha>                  where the checkout is now
#   moved                       it was at another commit before
#   pulled <n>                  n commits of others on the branch were added (fast-forward)
#   behind <n>                  n commits of others are there, uncommitted work is in their way
#   diverged <ours> <theirs>    both sides have commits that the other has not
#   rewritten <ours> <theirs>   somebody force-pushed the branch
#   gone                        the branch was deleted at GitHub
#   conflict                    uncommitted work met other changes: marks in the files, the work itself in git's stash
#   unfinished                  a merge or rebase is under way: the new branch was not made
#   elsewhere                   another branch than the session's is checked out
#   no-base                     the base branch is no longer at GitHub
#   aside <n>                   the folder was no repository of git's any more: it is now <directory>.before-<n>
#   submodules, lfs             the repository has some; they are not fetched
#   partial                     older versions of files come when git first needs them
# Exit codes: 0 done, 10 repository not found or forbidden, 11 network, 12 disk full, 13 base branch missing,
# 14 no branch at all, 1 other. With BOBBIN_CLONE_FILTER a clone leaves out what git's filter of that name says.
set -u
[ $# -eq 5 ] || { echo "usage: sync.sh owner/name base-branch branch directory fresh|kept" >&2; exit 2; }
repository=$1 base=$2 branch=$3 directory=$4 state=$5
guest_dir=$(CDPATH='' cd "$(dirname "$0")" && pwd)
. "$guest_dir/git-env.sh"
# No hooks of the repository, and no process of git's that outlives this script.
export LC_ALL=C GIT_CONFIG_COUNT=9
export GIT_CONFIG_KEY_6=core.hooksPath GIT_CONFIG_VALUE_6=/dev/null
export GIT_CONFIG_KEY_7=gc.auto GIT_CONFIG_VALUE_7=0
export GIT_CONFIG_KEY_8=maintenance.auto GIT_CONFIG_VALUE_8=false
export GIT_AUTHOR_NAME=Bobbin GIT_AUTHOR_EMAIL=bobbin@users.noreply.bobbin.invalid
export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
# The agent that begins beside this comes first.
renice -n 5 $$ >/dev/null 2>&1
url="$BOBBIN_GATEWAY_URL/gateway/git/$repository.git"
output=$(mktemp "${TMPDIR:-/tmp}/bobbin-sync.XXXXXX") || exit 12
trap 'rm -f "$output" "$output.first"' EXIT

# One at a time: a turn that ended early may have left its sync at work.
exec 9>"$BOBBIN_SECRETS_DIR/sync.lock" || exit 12
flock 9

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
ask() { git -C "$directory" "$@" 2>/dev/null; }
has() { ask show-ref --verify --quiet "$1"; }
at() { ask rev-parse --quiet --verify "$1"; }

# Left by a git that was killed. One that runs keeps its own.
unlock() {
	pgrep -u "$(id -u)" -x git >/dev/null 2>&1 && return
	find "$directory/.git" -path "$directory/.git/objects" -prune -o -name '*.lock' -exec rm -f {} +
}

no_base() {
	if [ -z "$(ask for-each-ref refs/remotes/origin)" ]; then
		echo "$repository has no branch." >&2
		exit 14
	fi
	echo "The branch $base does not exist in $repository." >&2
	exit 13
}

# Only what is needed: a repository may have thousands of branches. A pattern may match nothing, a name must not.
fetch() {
	wanted="+refs/heads/$base:refs/remotes/origin/$base"
	mine="+refs/heads/$branch*:refs/remotes/origin/$branch*"
	if [ "$branch" = "$base" ]; then mine=; fi
	run fetch --prune --no-recurse-submodules origin "$wanted" ${mine:+"$mine"} && return
	cp "$output" "$output.first"
	ask ls-remote --exit-code origin "refs/heads/$base" >/dev/null
	answer=$?
	mv "$output.first" "$output"
	[ $answer -eq 2 ] || fail
	run update-ref -d "refs/remotes/origin/$base"
	if [ -n "$mine" ]; then run fetch --prune --no-recurse-submodules origin "$mine" || fail; fi
	if has "refs/heads/$branch" || has "refs/remotes/origin/$branch"; then echo no-base; else no_base; fi
}

# Sets the arguments of `git checkout` that begin the session's branch.
start_point() {
	if has "refs/remotes/origin/$branch"; then
		track=--track from=origin/$branch
	elif has "refs/remotes/origin/$base"; then
		track=--no-track from=origin/$base
	else
		no_base
	fi
}

put_fresh() {
	start_point
	# Nobody works here.
	rm -f "$directory/.git/index.lock"
	run checkout --force -B "$branch" "$track" "$from" || fail
}

begin_branch() {
	start_point
	rm -f "$directory/.git/index.lock"
	run checkout -b "$branch" "$track" "$from" && return
	if ! run stash push --include-untracked --message "work before $branch"; then
		echo unfinished
		return
	fi
	if run checkout -b "$branch" "$track" "$from"; then
		run stash pop || echo conflict
		return
	fi
	cp "$output" "$output.first"
	run stash pop
	mv "$output.first" "$output"
	fail
}

compare() {
	theirs_ref=refs/remotes/origin/$branch
	now_at=$(at "$theirs_ref")
	if [ -z "$now_at" ]; then
		if [ -n "$was_at" ]; then echo gone; fi
		return
	fi
	counts=$(ask rev-list --left-right --count "HEAD...$theirs_ref") || return
	ours=${counts%%[!0-9]*} theirs=${counts##*[!0-9]}
	if [ -n "$was_at" ] && ! ask merge-base --is-ancestor "$was_at" "$now_at"; then
		echo "rewritten $ours $theirs"
	elif [ "$theirs" -eq 0 ]; then
		return
	elif [ "$ours" -gt 0 ]; then
		echo "diverged $ours $theirs"
	elif run merge --ff-only "$theirs_ref"; then
		echo "pulled $theirs"
	else
		echo "behind $theirs"
	fi
}

before=
if git --git-dir="$directory/.git" rev-parse --git-dir >"$output" 2>&1; then
	before=$(at HEAD)
	was_at=$(at "refs/remotes/origin/$branch")
	unlock
	run remote set-url origin "$url" || run remote add origin "$url" || fail
	fetch
	current=$(ask symbolic-ref --short -q HEAD)
	# On a branch of its own a session may have worked, whatever the caller believes: one that comes late, for the pool,
	# must not touch that.
	if [ -n "$current" ] && [ "$current" != "$base" ]; then state=kept; fi
	if [ "$state" = fresh ]; then
		put_fresh
	elif [ "$current" = "$branch" ]; then
		compare
	elif has "refs/heads/$branch"; then
		echo elsewhere
	else
		begin_branch
	fi
else
	# Cloned beside its place and moved there whole, so that a clone cut short is never taken for a finished one.
	mkdir -p "$(dirname "$directory")" || exit 12
	rm -rf "$directory".partial-*
	partial=$directory.partial-$$
	git clone --quiet --no-checkout ${BOBBIN_CLONE_FILTER:+"--filter=$BOBBIN_CLONE_FILTER"} "$url" "$partial" \
		>"$output" 2>&1 || fail
	if [ -d "$directory" ] && ! rmdir "$directory" 2>/dev/null; then
		now=$(date +%s)
		mv "$directory" "$directory.before-$now" || exit 1
		echo "aside $now"
	fi
	mv "$partial" "$directory" || exit 1
	put_fresh
fi

after=$(at HEAD)
echo "head $after"
if [ -n "$before" ] && [ "$before" != "$after" ]; then echo moved; fi
if [ "$state" = fresh ]; then
	if [ -f "$directory/.gitmodules" ]; then echo submodules; fi
	if ask grep -q 'filter=lfs' -- ':(glob)**/.gitattributes'; then echo lfs; fi
	if [ "$(ask config remote.origin.promisor)" = true ]; then echo partial; fi
fi
exit 0
