import { describe, expect, test } from "vitest";
import {
	type AccessFacts,
	BELIEVED_MS,
	DEFAULT_RULES,
	decideAccess,
	type PersonKind,
	suffices,
	type WorkspaceRules,
} from "../../src/people/decide-access.ts";

const NOW_MS = 1_800_000_000_000;
const as = (kind: PersonKind, rules: Partial<WorkspaceRules> = {}) => ({
	kind,
	rules: { ...DEFAULT_RULES, ...rules },
});
const facts: AccessFacts = { memberships: [as("member")], hasGithub: true, canLink: true, known: null };
const known = (ageMs: number) => ({ permission: "write" as const, checkedAtMs: NOW_MS - ageMs });
const unlinked = { hasGithub: false, known: known(0) };

describe("what a person may do", () => {
	test.each<[title: string, change: Partial<AccessFacts>, decision: string]>([
		["is asked of GitHub", {}, "ask"],
		["is believed for five minutes", { known: known(BELIEVED_MS - 1) }, "write"],
		["is not believed longer", { known: known(BELIEVED_MS) }, "ask"],
		["is believed where the clock went back", { known: known(-1_000) }, "write"],
		["is nothing for a guest, whatever GitHub says", { memberships: [as("guest")], known: known(0) }, "none"],
		["is nothing for people of other companies", { memberships: [as("external")] }, "none"],
		["is nothing for a bot", { memberships: [as("bot")] }, "none"],
		[
			"is GitHub's to say of a guest who is let in",
			{ memberships: [as("guest", { allowGuests: true })], known: known(0) },
			"write",
		],
		["of a guest here and member there is the member's", { memberships: [as("guest"), as("member")] }, "ask"],
		["of somebody who came by GitHub is GitHub's to say", { memberships: [] }, "ask"],
		["waits for a GitHub account", unlinked, "unlinked"],
		["is the App's where no account can be connected", { ...unlinked, canLink: false }, "write"],
		[
			"is the App's where the workspace says so",
			{ ...unlinked, memberships: [as("member", { unlinked: "app" })] },
			"write",
		],
		[
			"is not the App's where one of two workspaces says so",
			{ ...unlinked, memberships: [as("member", { unlinked: "app" }), as("member")] },
			"unlinked",
		],
		[
			"is not the App's because of a workspace that does not let them in",
			{ ...unlinked, memberships: [as("guest", { unlinked: "app" })] },
			"none",
		],
		[
			"is not the App's for a guest where nobody can link",
			{ ...unlinked, canLink: false, memberships: [as("guest")] },
			"none",
		],
	])("%s", (_, change, expected) => {
		const decision = decideAccess({ ...facts, ...change }, NOW_MS);
		expect(decision.do === "ask" ? "ask" : decision.permission).toBe(expected);
	});
});

test("reading needs read, changing needs write", () => {
	const all = ["none", "unlinked", "read", "write", "admin"] as const;
	expect(all.filter((permission) => suffices(permission, "read"))).toEqual(["read", "write", "admin"]);
	expect(all.filter((permission) => suffices(permission, "write"))).toEqual(["write", "admin"]);
});
