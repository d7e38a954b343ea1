import { createHmac } from "node:crypto";
import { describe, expect, test, vi } from "vitest";
import { DEFAULT_RULES, type WorkspaceRules } from "../../src/people/decide-access.ts";
import { decideRefusal } from "../../src/slack/listeners/admit.ts";
import { decideIntake } from "../../src/slack/receiving/intake.ts";
import { createReceiver } from "../../src/slack/receiving/receiver.ts";
import { decideSignature } from "../../src/slack/receiving/signature.ts";

describe("signature", () => {
	const NOW_MS = 1_700_000_000_000;
	const sign = (timestamp: string, body: string, secret = "s3cret") =>
		`v0=${createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex")}`;
	const decide = (change: { timestamp?: string | null; signature?: string | null; body?: string }) =>
		decideSignature({
			signingSecret: "s3cret",
			timestamp: "1700000000",
			signature: sign("1700000000", "body"),
			body: "body",
			nowMs: NOW_MS,
			...change,
		});

	test.each([
		["the real one", {}, "valid"],
		["another body", { body: "Body" }, "forged"],
		["another secret", { signature: sign("1700000000", "body", "other") }, "forged"],
		["another time", { timestamp: "1700000001" }, "forged"],
		["none", { signature: null }, "forged"],
		["no time", { timestamp: null }, "forged"],
		["a time that is none", { timestamp: "now", signature: sign("now", "body") }, "forged"],
		[
			"five minutes and a second ago",
			{ timestamp: "1699999699", signature: sign("1699999699", "body") },
			"old",
		],
		["from the future", { timestamp: "1700000301", signature: sign("1700000301", "body") }, "old"],
		["four minutes ago", { timestamp: "1699999760", signature: sign("1699999760", "body") }, "valid"],
	])("%s", (_, change, verdict) => {
		expect(decide(change)).toBe(verdict);
	});
});

describe("intake", () => {
	const event = (change: object, envelope: object = {}) => ({
		type: "event_callback",
		event_id: "Ev1",
		team_id: "T1",
		event: { type: "message", channel: "C1", user: "U1", ts: "1.1", text: "x", ...change },
		...envelope,
	});
	const entryOf = (body: unknown) => {
		const intake = decideIntake(body);
		return intake.do === "keep" ? intake.entry : intake.do;
	};

	test("both kinds of a mention have one twin key and one lane, also in a shared channel", () => {
		const message = entryOf(event({}));
		const shared = { event_id: "Ev2", team_id: "T9", authorizations: [{ team_id: "T1" }] };
		const mention = entryOf(event({ type: "app_mention" }, shared));
		expect(message).toMatchObject({ key: "Ev1", twinKey: "T1:C1:1.1" });
		expect(mention).toMatchObject({ key: "Ev2", twinKey: "T1:C1:1.1" });
	});

	test("replies of one thread share its lane", () => {
		expect(entryOf(event({}))).toMatchObject({ lane: "T1:C1:1.1" });
		expect(entryOf(event({ ts: "2.1", thread_ts: "1.1" }))).toMatchObject({ lane: "T1:C1:1.1" });
	});

	test.each([
		["bots", { bot_id: "B1" }],
		["edits", { subtype: "message_changed" }],
		["joins", { subtype: "channel_join" }],
	])("%s leave no row", (_, change) => {
		expect(entryOf(event(change))).toBe("drop");
	});

	test("what somebody looks at leaves no row", () => {
		expect(entryOf(event({ type: "app_context_changed" }))).toBe("answer");
	});

	test("a click is kept under its trigger, a command is answered at once", () => {
		expect(entryOf({ type: "block_actions", trigger_id: "1.2.3", actions: [] })).toMatchObject({
			key: "action:1.2.3",
		});
		expect(entryOf({ command: "/bobbin", trigger_id: "1.2.3" })).toBe("answer");
		expect(entryOf({ type: "block_suggestion", value: "" })).toBe("answer");
	});

	test("a click is kept without the private links of what was clicked in", () => {
		const button = {
			type: "button",
			action_id: "connect_github",
			url: "https://bobbin.example/?state=secret",
		};
		const click = {
			...{ type: "block_actions", trigger_id: "1.2.3", actions: [button] },
			...{ response_url: "https://hooks.slack.com/actions/1" },
			view: { id: "V1", blocks: [{ type: "actions", elements: [button] }] },
		};
		const kept = JSON.stringify(entryOf(click));
		expect(kept).not.toContain("state=secret");
		for (const word of ["connect_github", "https://hooks.slack.com/actions/1", "V1"])
			expect(kept).toContain(word);
	});
});

test("only members are let in, and whoever else the workspace says", () => {
	const letsIn = (rules: Partial<WorkspaceRules>) =>
		(["member", "guest", "external", "bot"] as const).filter(
			(kind) => decideRefusal(kind, { ...DEFAULT_RULES, ...rules }) === null,
		);
	expect(letsIn({})).toEqual(["member"]);
	expect(letsIn({ allowGuests: true })).toEqual(["member", "guest"]);
	expect(letsIn({ allowExternals: true, allowBots: true })).toEqual(["member", "external", "bot"]);
});

test("what fails after Slack was answered does not go unnoticed", async () => {
	const error = vi.fn();
	const receiver = createReceiver({
		signingSecret: null,
		inbox: () => undefined as never,
		entrance: async () => ({ pass: true }),
		log: { error } as never,
		now: Date.now,
	});
	const bug = new Error("a bug");
	receiver.init({
		async processEvent({ ack }: { ack: () => Promise<void> }) {
			await ack();
			throw bug;
		},
	} as never);
	expect(await receiver.take({ type: "shortcut" })).toBeUndefined();
	await receiver.stop();
	expect(error.mock.calls).toEqual([[{ err: bug }, expect.any(String)]]);
});
