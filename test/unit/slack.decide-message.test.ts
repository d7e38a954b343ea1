import { expect, test } from "vitest";
import { decideMessage } from "../../src/slack/listeners/decide-message.ts";
import type { MessageEvent } from "../../src/slack/listeners/message-event.ts";

const base: MessageEvent = { type: "message", channel: "C1", user: "U1", ts: "100.1", text: "" };
const reply = { thread_ts: "99.1" };
const file = [{ id: "F1", name: "log.txt" }];

const cases: [title: string, event: Partial<MessageEvent>, mapped: boolean, decision: string][] = [
	["a mention as app_mention", { type: "app_mention", text: "<@UBOT> fix it" }, false, "prompt"],
	["a mention as message", { text: "please <@UBOT> fix it" }, false, "prompt"],
	["a mention with a label", { text: "<@UBOT|bobbin> fix it" }, false, "prompt"],
	["a mention of somebody whose id begins alike", { text: "<@UBOT2> fix it" }, false, "ignore"],
	["talk in a channel", { text: "fix it" }, false, "ignore"],
	["a reply in a thread without a session", { ...reply, text: "fix it" }, false, "ignore"],
	["a reply in a thread with a session", { ...reply, text: "fix it" }, true, "prompt"],
	["a mention in a thread without a session", { ...reply, text: "<@UBOT> fix it" }, false, "prompt"],
	["a broadcast reply", { ...reply, subtype: "thread_broadcast", text: "go on" }, true, "prompt"],
	["a direct message", { channel: "D1", channel_type: "im", text: "fix it" }, false, "prompt"],
	["a direct message known by its id only", { channel: "D1", text: "fix it" }, false, "prompt"],
	[
		"a group message without a mention",
		{ channel: "G1", channel_type: "mpim", text: "fix" },
		false,
		"ignore",
	],
	["only a mention", { text: " <@UBOT> " }, false, "help"],
	["a greeting", { text: "<@UBOT> Hello!" }, false, "help"],
	["a longer greeting", { text: "<@UBOT> hey there, " }, false, "help"],
	["a greeting with a request", { text: "<@UBOT> hey, fix the cart" }, false, "prompt"],
	["a greeting in a session", { ...reply, text: "hi" }, true, "prompt"],
	["nothing at all in a session", { ...reply, text: "<@UBOT>" }, true, "help"],
	["only a file with a mention", { subtype: "file_share", text: "<@UBOT>", files: file }, false, "prompt"],
	["only a file in a session", { ...reply, subtype: "file_share", text: "", files: file }, true, "prompt"],
	["a file in a channel without a mention", { subtype: "file_share", files: file }, false, "ignore"],
	["stop", { ...reply, text: "stop" }, true, "stop"],
	["stop, shouted after a mention", { ...reply, text: "<@UBOT> STOP!" }, true, "stop"],
	["stop as a part of a sentence", { ...reply, text: "stop the timer in checkout" }, true, "prompt"],
	["a word in a session", { ...reply, text: "status" }, true, "word"],
	["a word after a mention, in no session", { text: "<@UBOT> status" }, false, "word"],
	["a word between people in no session", { ...reply, text: "status" }, false, "ignore"],
	["a word as a part of a sentence", { ...reply, text: "retry the flaky test" }, true, "prompt"],
	["help after a mention", { text: "<@UBOT> help" }, false, "word"],
	["an edit", { subtype: "message_changed", text: "<@UBOT> x" }, true, "ignore"],
	["a deletion", { subtype: "message_deleted" }, true, "ignore"],
	["a join", { subtype: "channel_join", text: "<@UBOT> has joined" }, false, "ignore"],
	["a topic that names the bot", { subtype: "channel_topic", text: "ask <@UBOT>" }, false, "ignore"],
	["another bot", { bot_id: "B9", text: "<@UBOT> deploy" }, true, "ignore"],
	["an old kind of bot", { subtype: "bot_message", text: "<@UBOT> deploy" }, true, "ignore"],
	["ourselves", { ...reply, user: "UBOT", text: "working" }, true, "ignore"],
	["Slackbot", { channel: "D1", user: "USLACKBOT", text: "hi there" }, false, "ignore"],
	["no author", { user: undefined, text: "<@UBOT> x" }, false, "ignore"],
];

test.each(cases)("%s", (_, event, mapped, decision) => {
	expect(
		decideMessage({ ...base, ...event } as MessageEvent, { botUserId: "UBOT", mapped, allowBots: false }).do,
	).toBe(decision);
});

test.each([
	[
		"a mention by another bot",
		{ type: "app_mention" as const, bot_id: "B9", text: "<@UBOT> fix it" },
		"prompt",
	],
	["its reply without a mention", { ...reply, bot_id: "B9", text: "fix it" }, "ignore"],
	[
		"our own mention of ourselves",
		{ type: "app_mention" as const, user: "UBOT", bot_id: "B1", text: "x" },
		"ignore",
	],
])("where bots may ask: %s", (_, event, decision) => {
	const facts = { botUserId: "UBOT", mapped: true, allowBots: true };
	expect(decideMessage({ ...base, ...event }, facts).do).toBe(decision);
});
