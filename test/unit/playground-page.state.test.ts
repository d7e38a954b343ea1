import { describe, expect, test } from "vitest";
import type { Message } from "../../src/playground/slack/model.ts";
import { findOpenWord } from "../../src/playground/slack/page/composer/completion.ts";
import { toTyped } from "../../src/playground/slack/page/conversation/to-typed.ts";
import { applyNotice, replaceMessages } from "../../src/playground/slack/page/state/reduce.ts";
import { formatRoute, fromPermalink, parseRoute } from "../../src/playground/slack/page/state/route.ts";
import { EMPTY_STATE, type LiveState } from "../../src/playground/slack/page/state/types.ts";

const message = (ts: string, rest: Partial<Message> = {}): Message => ({
	type: "message",
	user: "U1",
	team: "T1",
	text: ts,
	ts,
	...rest,
});
const channel = "C1";
const shown = (state: LiveState) => (state.messages[channel] ?? []).map(({ text }) => text);

describe("what the stream says", () => {
	const two = [message("1.1"), message("3.3")].reduce(
		(state, one) => applyNotice(state, { type: "message", channel, message: one }),
		EMPTY_STATE,
	);

	test("puts a late message at its place, and the same one twice only once", () => {
		const late = { type: "message", channel, message: message("2.2") } as const;
		expect(shown(applyNotice(applyNotice(two, late), late))).toEqual(["1.1", "2.2", "3.3"]);
	});

	test("takes a deleted message away, and leaves a mark of one that has replies", () => {
		const gone = { type: "message_deleted", channel, ts: "1.1", thread_ts: null } as const;
		expect(shown(applyNotice(two, gone))).toEqual(["3.3"]);
		const head = applyNotice(two, {
			type: "message_changed",
			channel,
			message: message("1.1", { thread_ts: "1.1", reply_count: 2 }),
		});
		expect(applyNotice(head, gone).messages[channel]?.[0]).toMatchObject({ subtype: "tombstone", text: "" });
	});

	test("keeps the replies of other threads when a channel is loaded anew", () => {
		const reply = message("2.0", { thread_ts: "1.1" });
		const state = applyNotice(two, { type: "message", channel, message: reply });
		const loaded = { messages: [message("1.1")], ephemerals: [] };
		expect(shown(replaceMessages(state, { channel, thread: null }, loaded))).toEqual(["1.1", "2.0"]);
		expect(shown(replaceMessages(state, { channel, thread: "1.1" }, loaded))).toEqual(["1.1", "3.3"]);
	});
});

test.each([
	["hello @bo", { start: 6, sign: "@", query: "bo" }],
	["@", { start: 0, sign: "@", query: "" }],
	["see #sho", { start: 4, sign: "#", query: "sho" }],
	["nice :tad", { start: 5, sign: ":", query: "tad" }],
	["/bob", { start: 0, sign: "/", query: "bob" }],
	["me@example", null],
	["at 10:3", null],
	["/bobbin help", null],
])("finds what is being typed in %j", (text, expected) => {
	expect(findOpenWord(text, text.length)).toEqual(expected);
});

test("gives a message back as its author typed it", () => {
	const text = "<@U1> in <#C1|shop>: 1 &lt; 2 &amp; <https://a.example/?b=1&amp;c=2> <!here>";
	expect(toTyped(text, () => "bobbin")).toBe("@bobbin in #shop: 1 < 2 & https://a.example/?b=1&c=2 @here");
});

test.each([
	"#/mia",
	"#/mia/C1",
	"#/noah/C1/1700000000.000100",
	"#/mia/app/home",
	"#/mia/app/messages/1700000000.000100",
	"#/mia/refused",
])("reads and writes the address %s", (hash) => {
	expect(formatRoute(parseRoute(hash))).toBe(hash);
});

test("turns a permalink into an address of the page", () => {
	expect(fromPermalink("/playground/slack/archives/C1/p1700000000000100", "?thread_ts=1699.5&cid=C1")).toBe(
		"#/mia/C1/1699.5",
	);
	expect(fromPermalink("/playground/slack/", "")).toBeNull();
});
