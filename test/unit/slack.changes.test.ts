import { expect, test } from "vitest";
import { compareTs } from "../../src/sessions/queue/place-by-time.ts";
import type { PromptView, SessionView } from "../../src/sessions/session-view.ts";
import { decideIntake } from "../../src/slack/receiving/intake.ts";
import { readChange } from "../../src/slack/talk/change-event.ts";
import { messageNotes } from "../../src/slack/talk/message-notes.ts";
import { createShowSoon } from "../../src/slack/talk/show-soon.ts";

const said = { type: "message", user: "U1", ts: "1.2", thread_ts: "1.1", text: "new" };
const changed = {
	type: "message",
	subtype: "message_changed",
	channel: "C1",
	message: { ...said, edited: { user: "U1", ts: "2.0" } },
	previous_message: { ...said, text: "old" },
};
const reaction = {
	type: "reaction_added",
	user: "U1",
	reaction: "eyes",
	item: { type: "message", channel: "C1", ts: "1.2" },
};

test.each<[string, unknown, string | null]>([
	["an edit by its author", changed, "edit"],
	["a link that unfolds", { ...changed, message: { ...said, text: "old", edited: undefined } }, null],
	["an edit of something else than the text", { ...changed, previous_message: said }, null],
	["an edit by somebody else", { ...changed, message: { ...said, edited: { user: "U2", ts: "2.0" } } }, null],
	["an edit of ours", { ...changed, message: { ...changed.message, bot_id: "B1" } }, null],
	["a parent that is deleted", { ...changed, message: { ...said, subtype: "tombstone" } }, "delete"],
	[
		"a message of ours that is deleted",
		{
			type: "message",
			subtype: "message_deleted",
			channel: "C1",
			deleted_ts: "1.2",
			previous_message: { ...said, bot_id: "B1" },
		},
		null,
	],
	["a deletion", { type: "message", subtype: "message_deleted", channel: "C1", deleted_ts: "1.2" }, "delete"],
	["eyes", reaction, "react"],
	["a hand of any colour", { ...reaction, reaction: "hand::skin-tone-4" }, "react"],
	["our own eyes", { ...reaction, user: "UBOT" }, null],
	["another emoji", { ...reaction, reaction: "tada" }, null],
	["a reaction on a file", { ...reaction, item: { type: "file", file: "F1" } }, null],
	["an account that is closed", { type: "user_change", user: { id: "U1", deleted: true } }, "leave"],
	["a new picture", { type: "user_change", user: { id: "U1", deleted: false } }, null],
	["a message", said, null],
])("%s", (_, event, expected) => {
	expect(readChange(event, "UBOT")?.do ?? null).toBe(expected);
});

test("what changes a message is kept in its thread's lane; the rest is dropped before it is a row", () => {
	const body = (event: object) => ({
		type: "event_callback",
		event_id: "Ev1",
		team_id: "T1",
		authorizations: [{ team_id: "T1", user_id: "UBOT" }],
		event,
	});
	expect(decideIntake(body(changed))).toMatchObject({
		do: "keep",
		entry: { key: "Ev1", twinKey: null, lane: "T1:C1:1.1" },
	});
	expect(decideIntake(body({ ...reaction, user: "UBOT" }))).toEqual({ do: "drop" });
	expect(decideIntake(body({ ...reaction, reaction: "tada" }))).toEqual({ do: "drop" });
});

test.each([
	["1.000200", "1.000900", -1],
	["999.000001", "1000.000001", -1],
	["1795373978.128000", "1795373978.128000", 0],
	["1795373978.1280009", "1795373978.1280001", 1],
])("%s and %s compare as %i", (a, b, expected) => {
	expect(Math.sign(compareTs(a, b))).toBe(expected);
});

test("a status says for whom it is where that is not the one who began, once, with a name that is no markup", () => {
	const prompt = (name: string, id: string, kind = "slack") =>
		({
			author: { personId: id, name },
			origin: { kind },
			status: "queued",
			editedText: null,
			withdrawn: null,
		}) as unknown as PromptView;
	const first = prompt("Mia", "1");
	const session = { prompts: [first] } as unknown as SessionView;
	expect(messageNotes(session, first)).toEqual([]);
	expect(messageNotes(session, prompt("<!channel> *Zoe*", "2"))).toEqual([
		"for &lt;!channel&gt; \u200b*\u200bZoe\u200b*\u200b",
	]);
	// The line above it names them.
	expect(messageNotes(session, prompt("Zoe", "2", "github"))).toEqual([]);
});

test("any number of calls while a thread is shown cost one pass more, which begins after them", async () => {
	const passes: (() => void)[] = [];
	const shows = createShowSoon(() => new Promise((done) => passes.push(done)));
	const first = shows.show("s");
	const others = Promise.all([shows.show("s"), shows.show("s"), shows.show("s")]);
	expect(passes).toHaveLength(1);
	passes[0]?.();
	await first;
	await Promise.resolve();
	expect(passes).toHaveLength(2);
	const drained = shows.drain();
	passes[1]?.();
	await Promise.all([others, drained]);
	expect(passes).toHaveLength(2);
	void shows.show("s");
	expect(passes).toHaveLength(3);
});
