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

const owner = (isKnownElsewhere: boolean, isLive: boolean, personId = "other") => ({
	personId,
	isKnownElsewhere,
	isLive,
});

it.each([
	["is taken up where it is nobody's", undefined, "take"],
	["stays with the same person, connected or not", owner(true, true, "me"), "take"],
	["is refused while somebody else works with it", owner(true, true), "taken"],
	["is refused while somebody who is known from GitHub only works with it", owner(false, true), "taken"],
	["goes over from somebody who disconnected it", owner(true, false), "take"],
	["makes one human of two where the other is known from GitHub only", owner(false, false), "merge"],
] as const)("an account %s", (_what, given, expected) => {
	expect(decideOwnership(given, "me")).toBe(expected);
});

it.each([
	["none, where none was chosen", null, ["a@b.c"], null],
	["the one that was chosen", "a@b.c", ["x@y.z", "a@b.c"], "a@b.c"],
	["none, where it is not verified", "ceo@b.c", ["a@b.c"], null],
])("commits carry %s", (_what, chosen, verified, expected) => {
	expect(decideEmail(chosen, verified)).toBe(expected);
});
