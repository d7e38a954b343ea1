#!/bin/sh
# save-work.sh <directory> <branch>
#
# Commits everything in a checkout that git does not ignore and pushes the commit to a branch. Neither the checkout nor
# its index, HEAD or branches are touched: an agent may be at work. A later call adds to the branch, so nothing that was
# saved before is lost. Index and objects are written beside the repository, which may lie on a disk that is full.
# Exit codes: 0 saved, 3 nothing to save (all of it is pushed already, or there is no checkout), 1 other.
set -u
[ $# -eq 2 ] || { echo "usage: save-work.sh directory branch" >&2; exit 2; }
directory=$1 branch=$2
guest_dir=$(CDPATH='' cd "$(dirname "$0")" && pwd)
. "$guest_dir/git-env.sh"
export LC_ALL=C
# No hook and no signature of the repository's has a say here.
export GIT_CONFIG_COUNT=8 GIT_CONFIG_KEY_6=core.hooksPath GIT_CONFIG_VALUE_6=/dev/null
export GIT_CONFIG_KEY_7=commit.gpgSign GIT_CONFIG_VALUE_7=false
export GIT_AUTHOR_NAME=Bobbin GIT_AUTHOR_EMAIL=bobbin@users.noreply.bobbin.invalid
export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL

cd "$directory" 2>/dev/null || exit 3
git_dir=$(git rev-parse --absolute-git-dir 2>/dev/null) || exit 3
# By its address, so that no ref of the repository's comes to name an object that is elsewhere.
url=$(git remote get-url origin) || exit 1

place=
trap 'rm -rf "$place"' EXIT
save() {
	place=$(mktemp -d "$1/bobbin-save.XXXXXX") || return 1
	mkdir "$place/objects" || return 1
	if [ -f "$git_dir/index" ]; then cp "$git_dir/index" "$place/index" || return 1; fi
	(
		export GIT_INDEX_FILE="$place/index" GIT_OBJECT_DIRECTORY="$place/objects"
		export GIT_ALTERNATE_OBJECT_DIRECTORIES="$git_dir/objects"
		git add -A >&2 || exit 1
		tree=$(git write-tree) || exit 1
		head=$(git rev-parse -q --verify HEAD) || head=
		if [ -n "$head" ] && [ "$tree" = "$(git rev-parse "$head^{tree}")" ]; then
			[ -n "$(git branch -r --contains "$head" 2>/dev/null)" ] && exit 3
		fi
		saved=
		if git ls-remote --exit-code "$url" "refs/heads/$branch" >"$place/remote"; then
			git fetch --quiet --no-tags --no-write-fetch-head "$url" "refs/heads/$branch" >&2 || exit 1
			saved=$(cut -f 1 <"$place/remote")
			if [ "$(git rev-parse "$saved^{tree}")" = "$tree" ]; then
				[ -z "$head" ] || git merge-base --is-ancestor "$head" "$saved" && exit 0
			fi
		fi
		commit=$(git commit-tree ${head:+-p "$head"} ${saved:+-p "$saved"} \
			-m "Work in progress, kept by Bobbin" "$tree") || exit 1
		git push --quiet "$url" "$commit:refs/heads/$branch" >&2 || exit 1
	)
}

save "${TMPDIR:-/tmp}"
end=$?
if [ $end -ne 0 ] && [ $end -ne 3 ] && [ -w /dev/shm ]; then
	rm -rf "$place"
	save /dev/shm
	end=$?
fi
exit $end
