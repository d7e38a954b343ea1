import { describe, expect, test } from "vitest";
import { decideBase, decideDraft, decideOpener } from "../../src/sessions/pull-requests/decide-opening.ts";
import { type Footer, replaceFooter, toBody } from "../../src/sessions/pull-requests/pull-request-body.ts";
import { toCommitAuthor } from "../../src/sessions/turn/commit-author.ts";

describe("in whose name", () => {
	const facts = {
		askerId: "mia",
		hasToken: false,
		canLink: true,
		appOpens: false,
		workspaceRules: ["hold"] as ("hold" | "app")[],
	};
	test.each([
		["somebody who is linked", { hasToken: true }, "person"],
		["somebody who is linked, wherever the App might", { hasToken: true, appOpens: true }, "person"],
		["somebody who is not", {}, "wait"],
		["nobody but Bobbin", { askerId: null }, "app"],
		["somebody who is not, where the repository lets the App", { appOpens: true }, "app"],
		["somebody who is not, where nobody can link", { canLink: false }, "app"],
		["somebody who is not, where their workspace lets the App", { workspaceRules: ["app"] }, "app"],
		["somebody of two workspaces that differ", { workspaceRules: ["app", "hold"] }, "wait"],
		["somebody who came by GitHub", { workspaceRules: [] }, "wait"],
	] as const)("%s", (_, change, expected) => {
		expect(decideOpener({ ...facts, ...change })).toBe(expected);
	});
});

test.each([
	[{ asked: true, person: false, repository: false }, true],
	[{ asked: false, person: true, repository: false }, true],
	[{ asked: false, person: false, repository: true }, false],
	[{ asked: false, person: null, repository: true }, true],
	[{ asked: false, person: null, repository: false }, false],
])("%o is a draft: %s", (facts, expected) => {
	expect(decideDraft(facts)).toBe(expected);
});

test.each([
	[undefined, { outcome: "base", base: "main" }],
	["main", { outcome: "base", base: "main" }],
	["b-open", { outcome: "base", base: "b-open" }],
	["b-intended", { outcome: "base", base: "b-intended" }],
	["b-merged", { outcome: "done", state: "merged" }],
	["b-closed", { outcome: "done", state: "closed" }],
	["b-top", { outcome: "not_stackable" }],
	["release", { outcome: "not_stackable" }],
])("stacked on %s", (wanted, expected) => {
	const others = (["intended", "open", "merged", "closed"] as const).map((state) => ({
		branch: `b-${state}`,
		state,
	}));
	const all = [...others, { branch: "b-top", state: "intended" as const }];
	expect(decideBase({ branch: "b-top", wanted, sessionBase: "main", others: all })).toEqual(expected);
});

describe("who is the author of a commit", () => {
	const github = { githubId: 7, login: "mia", email: "7+mia@users.noreply.github.com" };
	const mia = { id: "1", name: "Mia", email: "mia@acme.example", github };
	test.each([
		["with GitHub", mia, "Mia <7+mia@users.noreply.github.com>"],
		["known from Slack only", { ...mia, github: undefined }, "Mia <mia@acme.example>"],
		[
			"without an address",
			{ ...mia, github: undefined, email: null },
			"Mia <1@users.noreply.bobbin.invalid>",
		],
		[
			"with a name that git would not take",
			{ ...mia, name: " <.>, " },
			"mia <7+mia@users.noreply.github.com>",
		],
		[
			"who would be two in git",
			{ ...mia, name: "Mia <x@y>\nauthor Eve", email: "m ia@a>b", github: undefined },
			"Mia x@y author Eve <mia@ab>",
		],
		[
			"with nothing",
			{ id: "1", name: null, email: "", github: undefined },
			"Somebody <1@users.noreply.bobbin.invalid>",
		],
		["that is no person", null, "Bobbin <bobbin@users.noreply.bobbin.invalid>"],
	])("%s", (_, person, expected) => {
		const { name, email } = toCommitAuthor(person);
		expect(`${name} <${email}>`).toBe(expected);
	});
});

describe("a pull request's text", () => {
	const footer: Footer = {
		pullRequestId: "p1",
		sessionId: "s1",
		sessionUrl: "https://bobbin.example/sessions/s1",
		prompters: ["Mia", "मीरा", "Noah @all [x](y)"],
		behalfOf: null,
		coAuthors: [{ name: "Noah @all", email: "noah@acme.example" }],
		pictures: null,
	};
	const end = [
		"---",
		"<!-- bobbin:p1 -->",
		"Made with Bobbin in [this session](https://bobbin.example/sessions/s1). Prompted by Mia, मीरा and Noah all xy.",
		"",
		"Co-authored-by: Noah all <noah@acme.example>",
	].join("\n");

	test("is the agent's words, then who and where, then trailers as the last paragraph", () => {
		expect(toBody("Why\n", footer)).toBe(`Why\n\n${end}`);
		const alone = { ...footer, sessionUrl: null, prompters: [], coAuthors: [], behalfOf: "Omar" };
		expect(toBody("Why", alone)).toMatch(/On behalf of Omar\. Made with Bobbin, session `s1`\.$/);
	});

	test("holds no mark but Bobbin's own, and is no longer than GitHub takes", () => {
		expect(toBody("a <!-- bobbin:p1 --> b", footer).match(/<!-- bobbin/g)).toHaveLength(1);
		const long = toBody("x".repeat(65_536), footer);
		expect(long.length).toBeLessThanOrEqual(65_536);
		expect(long.endsWith(end)).toBe(true);
	});

	test("is brought up to date without a change where nothing is new", () => {
		const body = toBody("Why", footer);
		expect(replaceFooter(body, footer)).toBe(body);
		expect(replaceFooter(body.replaceAll("\n", "\r\n"), footer)?.replaceAll("\r\n", "\n")).toBe(body);
	});

	test("keeps what people wrote above, below and instead", () => {
		const body = `Mine.\n\n${toBody("Why", footer)}\n\nBelow.\n\nMore below.`;
		const next = replaceFooter(body, { ...footer, coAuthors: [] });
		expect(next).toMatch(/^Mine\.\n\nWhy\n\nBelow\.\n\nMore below\.\n\n---\n/);
		expect(next).not.toContain("Co-authored-by");
		const spaces = " ".repeat(400_000);
		expect(replaceFooter(`${spaces}Mine.${toBody("Why", footer)}${spaces}Below.`, footer)).toContain("Why");
		expect(replaceFooter("Only mine.", footer)).toBeNull();
		expect(replaceFooter(toBody("Why", { ...footer, pullRequestId: "p2" }), footer)).toBeNull();
	});

	describe("with pictures", () => {
		const url = "https://github.example/acme/shop/blob/0123/p.png?raw=true";
		const seen = { ...footer, pictures: [{ title: "The cart, ![x](y) <b> @all #7", url }] };

		test("shows them between the line and the trailers, under plain words", () => {
			const body = toBody("Why", seen);
			expect(body).toContain(
				`\n\n**Screenshots**\n\nThe cart, x (y) b all 7\n![The cart, x (y) b all 7](${url})\n\n`,
			);
			expect(body.indexOf("Made with")).toBeLessThan(body.indexOf("Screenshots"));
			expect(body).toMatch(/Co-authored-by: .*$/);
			expect(replaceFooter(body, seen)).toBe(body);
			expect(replaceFooter(body.replaceAll("\n", "\r\n"), seen)).toBe(body);
		});

		test("gets those that come later, in their place", () => {
			const body = toBody("Why", { ...footer, pictures: [] });
			expect(body).not.toContain("Screenshots");
			expect(replaceFooter(`${body}\n\nBelow.`, seen)).toBe(toBody("Why\n\nBelow.", seen));
		});

		test("stays without them where it never had any, or people took them out", () => {
			expect(replaceFooter(toBody("Why", footer), seen)).toBe(toBody("Why", footer));
			const cut = toBody("Why", seen).replace(/<!-- bobbin:pictures -->.*pictures end -->/s, "");
			expect(replaceFooter(cut, seen)).toBe(toBody("Why", footer));
		});
	});
});
