import { expect, it } from "vitest";
import { decideSnapshot } from "../../src/sessions/sandbox/decide-snapshot.ts";

const nothing = { changedSeq: 0, endedSeq: 0, keptSeq: 0, savedSeq: 0 };

it.each([
	["a turn that changed files", { reason: "turn", changedSeq: 5, endedSeq: 9 }, "take"],
	["a turn that only read", { reason: "turn", endedSeq: 9 }, "unchanged"],
	["a turn that is kept already", { reason: "turn", changedSeq: 5, endedSeq: 9, keptSeq: 9 }, "unchanged"],
	["a change since the last snapshot", { reason: "turn", changedSeq: 15, endedSeq: 19, keptSeq: 9 }, "take"],
	["a turn after a failed try", { reason: "turn", changedSeq: 5, endedSeq: 9, savedSeq: 9 }, "take"],
	["a stop with unkept changes", { reason: "stop", changedSeq: 5, endedSeq: 9 }, "take"],
	[
		"a stop after the work was pushed",
		{ reason: "stop", changedSeq: 5, endedSeq: 9, savedSeq: 9 },
		"unchanged",
	],
	["a stop with more changes since", { reason: "stop", changedSeq: 12, endedSeq: 19, savedSeq: 9 }, "take"],
	["a deletion after a turn that only read", { reason: "delete", endedSeq: 9 }, "take"],
	["a deletion of what is kept", { reason: "delete", changedSeq: 5, endedSeq: 9, keptSeq: 9 }, "unchanged"],
	[
		"a deletion of what was only pushed",
		{ reason: "delete", changedSeq: 5, endedSeq: 9, savedSeq: 9 },
		"take",
	],
	["a deletion of a sandbox without any work", { reason: "delete" }, "unchanged"],
] as const)("%s: %j gives %s", (_what, state, decision) => {
	expect(decideSnapshot({ ...nothing, ...state })).toBe(decision);
});
