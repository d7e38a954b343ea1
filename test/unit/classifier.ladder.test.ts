import { expect, test } from "vitest";
import type { CatalogueEntry } from "../../classifier/catalogue.ts";
import { type ClassifyInput, createClassifier } from "../../classifier/classify.ts";
import type { FastModel, FastModelResult } from "../../classifier/fast-model.ts";

function entry(id: string, description: string): CatalogueEntry {
	return { id, owner: "acme", name: id, description, hints: "", aliases: [], languages: [], topics: [] };
}

const repositories = [
	entry("web-shop", "The web shop with its basket"),
	entry("payments-api", "Takes card payments"),
	entry("payments-hub", "Talks to card processors"),
];

const quiet: ClassifyInput = {
	text: "the basket is empty",
	channel: null,
	thread: [],
	repositories,
	threadRepositoryId: null,
	channelRepositoryId: null,
};

/** A model that says what it is told to, and fails the test if it is asked when it should not be. */
function saying(input: unknown): FastModel {
	const result: FastModelResult = { outcome: "answered", input };
	return { name: "test", ask: async () => result };
}

const silent: FastModel = {
	name: "silent",
	ask: async () => {
		throw new Error("the model was asked");
	},
};

function choice(repository: string, confidence = 0.9, more: Record<string, unknown> = {}) {
	return { decision: "repository", repository, confidence, reason: "It fits.", candidates: [], ...more };
}

test.each([
	[
		"named before thread and channel",
		{ text: "fix payments-api", threadRepositoryId: "web-shop" },
		"payments-api",
		"named",
	],
	[
		"thread before channel",
		{ threadRepositoryId: "web-shop", channelRepositoryId: "payments-api" },
		"web-shop",
		"thread",
	],
	["channel default", { channelRepositoryId: "payments-api" }, "payments-api", "channel"],
	[
		"a default that is gone is passed over",
		{ channelRepositoryId: "gone", repositories: repositories.slice(0, 1) },
		"web-shop",
		"only",
	],
	["the only repository", { repositories: repositories.slice(1, 2) }, "payments-api", "only"],
] as const)("%s", async (_, change, repositoryId, how) => {
	const { classify } = createClassifier({ model: silent });
	const decision = await classify({
		...quiet,
		...change,
		repositories: [...("repositories" in change ? change.repositories : repositories)],
	});
	expect(decision).toMatchObject({ outcome: "chosen", repositoryId, how, confidence: null });
});

test("asks without a model, best guess first", async () => {
	const { classify } = createClassifier({ model: null });
	expect(await classify(quiet)).toEqual({
		outcome: "ask",
		reason: "I could not tell which repository you mean.",
		candidates: ["web-shop"],
	});
});

test("asks when no repository is connected", async () => {
	const { classify } = createClassifier({ model: silent });
	expect(await classify({ ...quiet, repositories: [] })).toMatchObject({ outcome: "ask", candidates: [] });
});

test("says so when the named repository is not known, and asks no model", async () => {
	const { classify } = createClassifier({ model: silent });
	const decision = await classify({ ...quiet, text: "fix acme/gone", channelRepositoryId: "web-shop" });
	expect(decision).toMatchObject({ outcome: "ask", reason: expect.stringContaining("acme/gone") });
});

test("asks with both when two are named and the model does not know", async () => {
	const model = saying({
		decision: "unknown",
		repository: null,
		confidence: 0.2,
		reason: "Either.",
		candidates: [],
	});
	const { classify } = createClassifier({ model });
	const decision = await classify({
		...quiet,
		text: "payments-hub and payments-api disagree",
		channelRepositoryId: "web-shop",
	});
	expect(decision).toEqual({
		outcome: "ask",
		reason: "Either.",
		candidates: ["payments-hub", "payments-api"],
	});
});

test("lets the model judge between two named ones, but not pick a third", async () => {
	const text = "payments-hub and payments-api disagree";
	const one = createClassifier({ model: saying(choice("acme/payments-api")) });
	expect(await one.classify({ ...quiet, text })).toMatchObject({
		outcome: "chosen",
		repositoryId: "payments-api",
	});
	const doubtful = createClassifier({ model: saying(choice("acme/payments-api", 0.8)) });
	expect(await doubtful.classify({ ...quiet, text })).toMatchObject({ outcome: "ask" });
	const third = createClassifier({ model: saying(choice("acme/web-shop")) });
	expect(await third.classify({ ...quiet, text })).toMatchObject({
		outcome: "ask",
		candidates: ["payments-hub", "payments-api"],
	});
});

test("does not let the model pick what the author set aside", async () => {
	const text = "not payments-api, the other one";
	const wrong = createClassifier({ model: saying(choice("acme/payments-api")) });
	expect(await wrong.classify({ ...quiet, text, channelRepositoryId: "web-shop" })).toMatchObject({
		outcome: "ask",
	});
	const other = createClassifier({ model: saying(choice("acme/payments-hub")) });
	expect(await other.classify({ ...quiet, text })).toMatchObject({
		outcome: "chosen",
		repositoryId: "payments-hub",
	});
});

test("takes the model's choice, in any case of letters", async () => {
	const { classify } = createClassifier({ model: saying(choice("ACME/Web-Shop")) });
	expect(await classify(quiet)).toEqual({
		outcome: "chosen",
		repositoryId: "web-shop",
		how: "model",
		reason: "my guess: it fits",
		confidence: 0.9,
	});
});

test("takes the model's word that no repository is needed", async () => {
	const model = saying({
		decision: "none",
		repository: null,
		confidence: 0.9,
		reason: "Thanks.",
		candidates: [],
	});
	const { classify } = createClassifier({ model });
	expect(await classify({ ...quiet, text: "thank you!" })).toEqual({ outcome: "none", reason: "Thanks." });
});

test.each([
	["low confidence", choice("acme/web-shop", 0.69)],
	["a made-up name", choice("acme/invented")],
	["a bare name", choice("web-shop")],
	["no name", { decision: "repository", repository: null, confidence: 1, reason: "", candidates: [] }],
	["a doubtful none", { decision: "none", repository: null, confidence: 0.4, reason: "", candidates: [] }],
	["a confidence of 80", choice("acme/web-shop", 80)],
	["a decision of its own", { decision: "all", repository: null, confidence: 1, reason: "", candidates: [] }],
	["a string", "acme/web-shop"],
	["nothing", undefined],
	["an empty object", {}],
])("asks after %s", async (_, input) => {
	const { classify } = createClassifier({ model: saying(input) });
	const decision = await classify(quiet);
	expect(decision).toMatchObject({ outcome: "ask", candidates: ["web-shop"] });
	expect(decision.reason).not.toBe("");
});

test("offers the model's candidates before its own guesses, known ones only, once each", async () => {
	const model = saying({
		decision: "unknown",
		repository: null,
		confidence: 0.3,
		reason: "Two fit.",
		candidates: ["acme/payments-hub", "acme/invented", "acme/payments-hub", "acme/payments-api"],
	});
	const { classify } = createClassifier({ model });
	expect(await classify(quiet)).toMatchObject({ candidates: ["payments-hub", "payments-api", "web-shop"] });
});

test.each([
	"timeout",
	"refused",
	"no_tool_call",
	"overloaded",
	"unreachable",
	"rejected",
	"malformed",
] as const)("asks in plain words after the failure %s and logs it", async (failure) => {
	const logged: unknown[] = [];
	const model: FastModel = {
		name: "test",
		ask: async () => ({ outcome: "failed", failure, detail: "details for the log" }),
	};
	const { classify } = createClassifier({ model, log: { warn: (fields) => logged.push(fields) } });
	const decision = await classify(quiet);
	expect(decision).toMatchObject({ outcome: "ask", candidates: ["web-shop"] });
	expect(decision.reason).not.toContain("details");
	expect(logged).toEqual([{ failure, detail: "details for the log", model: "test" }]);
});

test("makes the model's reason one plain line of at most 200 characters", async () => {
	const reason = `first\nsecond\u202e\u0007 ${"😀".repeat(300)}`;
	const { classify } = createClassifier({ model: saying(choice("acme/web-shop", 0.9, { reason })) });
	const decision = await classify(quiet);
	expect(decision.reason).toMatch(/^my guess: first second 😀/u);
	expect(decision.reason.length).toBeLessThanOrEqual(200);
	expect(decision.reason.isWellFormed()).toBe(true);
});
