/** What bringing a checkout up to date found. */
export interface SyncReport {
	/** Where the checkout is; null without a repository. */
	commitSha: string | null;
	/** Its files changed: what was read before may be old. */
	moved: boolean;
	/** What the agent has to know, a sentence or two each. */
	notes: string[];
	/** What people have to know too. */
	told: string[];
	/** The base branch is not at GitHub any more. */
	lacksBase: boolean;
}

const TOLD: Record<string, string> = {
	submodules:
		"This repository has submodules. I can read the repository itself and no other, so their folders are empty here.",
	lfs: "This repository keeps some files in Git LFS. I have only their pointers, not what is in them.",
};

/** Reads what `sync.sh` printed. Lines that it does not know say nothing. */
export function readSyncReport(printed: string, names: { base: string; branch: string }): SyncReport {
	const facts = printed.split("\n").map((line) => line.trim().split(" "));
	const head = facts.find(([fact]) => fact === "head")?.[1] ?? "";
	return {
		commitSha: /^[0-9a-f]{40,64}$/.test(head) ? head : null,
		moved: facts.some(([fact]) => fact === "moved" || fact === "pulled"),
		lacksBase: facts.some(([fact]) => fact === "no-base"),
		told: facts.flatMap(([fact = ""]) => TOLD[fact] ?? []),
		notes: facts.flatMap(([fact = "", ...numbers]) => {
			const [first = 0, second = 0] = numbers.map(Number);
			const note = toNote(fact, first, second, names);
			return note === null ? [] : [note];
		}),
	};
}

function toNote(
	fact: string,
	first: number,
	second: number,
	{ base, branch }: { base: string; branch: string },
): string | null {
	const theirs = `origin/${branch}`;
	switch (fact) {
		case "pulled":
			return `Somebody pushed ${commits(first)} to ${branch} at GitHub since your last turn; they are now in your checkout. Look at them (git log) before you go on.`;
		case "behind":
			return `Somebody pushed ${commits(first)} to ${branch} at GitHub since your last turn. Your uncommitted work is in their way, so nothing was changed here. Commit your work, then git merge ${theirs} (already fetched) before you push.`;
		case "diverged":
			return `${branch} has ${commits(second)} at GitHub that your checkout has not, and your checkout ${commits(first)} that GitHub has not. Nothing was changed here. Look at git log HEAD..${theirs} (already fetched), merge or rebase before you push, and never overwrite what others pushed.`;
		case "rewritten":
			return `Somebody force-pushed ${branch} at GitHub: its history was rewritten. It now has ${commits(second)} that your checkout has not, and your checkout ${commits(first)} that GitHub has not. Nothing was changed here. Compare git log HEAD..${theirs} and git log ${theirs}..HEAD (already fetched), bring back only what is still missing, never force-push over it, and say in your answer what you found.`;
		case "gone":
			return `${branch} was deleted at GitHub; your commits are still here. Push it again only if the request needs it, and say so in your answer.`;
		case "conflict":
			return `Your uncommitted work met other changes when ${branch} was made from ${base}: git status shows the files in conflict. The work as it was is the newest entry of git stash. Resolve the conflicts by hand, drop nothing unseen, and say in your answer what you found.`;
		case "unfinished":
			return `A merge or rebase is not finished in the checkout, so the branch ${branch} was not made. Finish or abort it without losing work, then git switch -c ${branch} origin/${base}.`;
		case "elsewhere":
			return `Another branch than ${branch} is checked out; it was left as it is.`;
		case "no-base":
			return `The base branch ${base} is no longer at GitHub; it may have been renamed or deleted. A pull request into it cannot be opened: say so in your answer.`;
		case "aside":
			return `~/repo was no git repository any more. Its files are kept in ~/repo.before-${first}, and ${branch} was cloned anew: bring over what the request still needs, and say so in your answer.`;
		case "submodules":
			return "This repository has submodules; they are not fetched, and their folders are empty. Say so in your answer where the request needs them.";
		case "lfs":
			return 'This repository keeps some files in Git LFS; the checkout has only their pointers (small text files that begin with "version https://git-lfs"). Never write real content over one, and say so in your answer where the request needs them.';
		case "partial":
			return "This repository is large: older versions of its files are fetched when git first needs them, so git log -p, git blame and git grep over old commits are slow.";
		default:
			return null;
	}
}

function commits(count: number): string {
	return count === 1 ? "1 commit" : `${count} commits`;
}
