import { describe, expect, it } from "vitest";
import { readSyncReport } from "../../src/sessions/turn/sync-report.ts";

const SHA = "0123456789abcdef0123456789abcdef01234567";
const names = { base: "main", branch: "bobbin/1a2b3c4d-fix" };
const read = (printed: string) => readSyncReport(printed, names);
const nothing = { moved: false, notes: [], told: [], lacksBase: false };

describe("what sync.sh printed", () => {
	it("says where the checkout is and that nothing is to be told", () => {
		expect(read(`head ${SHA}\n`)).toEqual({ commitSha: SHA, ...nothing });
	});

	it.each(["moved", "pulled 2"])("means changed files: %s", (fact) => {
		expect(read(`${fact}\nhead ${SHA}\n`).moved).toBe(true);
	});

	it.each([
		["pulled 1", /pushed 1 commit to bobbin\/1a2b3c4d-fix/],
		[
			"behind 3",
			/pushed 3 commits .*uncommitted work is in their way.*git merge origin\/bobbin\/1a2b3c4d-fix/,
		],
		["diverged 2 1", /has 1 commit at GitHub .*your checkout 2 commits/],
		["rewritten 2 5", /force-pushed .*5 commits .*your checkout 2 commits.*never force-push/],
		["gone", /was deleted at GitHub/],
		["conflict", /git stash/],
		["unfinished", /git switch -c bobbin\/1a2b3c4d-fix origin\/main/],
		["elsewhere", /Another branch/],
		["no-base", /main is no longer at GitHub/],
		["aside 1795350000", /kept in ~\/repo\.before-1795350000/],
		["submodules", /submodules/],
		["lfs", /pointers/],
		["partial", /large/],
	])("tells the agent of: %s", (fact, words) => {
		const { notes } = read(`${fact}\nhead ${SHA}\n`);
		expect(notes).toHaveLength(1);
		expect(notes[0]).toMatch(words);
	});

	it.each(["", "head", "head main; rm -rf /", "warning: something else"])(
		"takes nothing from: %j",
		(printed) => {
			expect(read(printed)).toEqual({ commitSha: null, ...nothing });
		},
	);
});
