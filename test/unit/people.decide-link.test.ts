import { expect, it } from "vitest";
import { decideEmail, decideLinkState, decideOwnership } from "../../src/people/decide-link.ts";

const NOW = 1_000_000;
const link = (endsInMs: number, usedAt: Date | null = null) => ({
	expiresAt: new Date(NOW + endsInMs),
	usedAt,
});

it.each([
	["unknown", "where there is none", undefined],
	["open", "before its time is over", link(1)],
	["expired", "in the moment in which it ends", link(0)],
	["used", "once it was used", link(1, new Date(NOW))],
	["used", "also after its time", link(-1, new Date(NOW - 5))],
] as const)("a sign-in is %s %s", (expected, _when, given) => {
	expect(decideLinkState(given, NOW)).toBe(expected);
});

const owner = (isKnownElsewhere: boolean, isLive: boolean, personId = "other", isNear = true) => ({
	...{ personId, isKnownElsewhere, isLive, isNear },
});
const far = owner(true, true, "far", false);

it.each([
	["is taken up where it is nobody's", [], "take"],
	["stays with the same person, connected or not", [owner(true, true, "me")], "take"],
	["is refused while somebody else works with it", [owner(true, true)], "refuse"],
	["is refused while somebody who is known from GitHub only works with it", [owner(false, true)], "refuse"],
	["goes over from somebody who disconnected it", [owner(true, false)], "take"],
	["makes one human of two where the other is known from GitHub only", [owner(false, false)], "merge"],
	["is shared with who works with it in another workspace", [far], "share"],
	[
		"stays with the same person, whoever else works with it elsewhere",
		[far, owner(true, true, "me")],
		"take",
	],
	[
		"is refused in a workspace where somebody works with it, though not first",
		[far, owner(true, true)],
		"refuse",
	],
] as const)("an account %s", (_what, given, expected) => {
	expect(decideOwnership([...given], "me").do).toBe(expected);
});

it.each([
	["none, where none was chosen", null, ["a@b.c"], null],
	["the one that was chosen", "a@b.c", ["x@y.z", "a@b.c"], "a@b.c"],
	["none, where it is not verified", "ceo@b.c", ["a@b.c"], null],
])("commits carry %s", (_what, chosen, verified, expected) => {
	expect(decideEmail(chosen, verified)).toBe(expected);
});
