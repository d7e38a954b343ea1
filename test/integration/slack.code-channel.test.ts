import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { CodeChannel } from "../../src/slack/native/code-channel/code-channel-store.ts";
import { findCodeChannel } from "../../src/slack/native/code-channel/code-channel-store.ts";
import { aRepository } from "../harness/sessions.ts";
import { createSlackTalk, type Place, type SlackTalk, WAIT } from "../harness/slack-talk.ts";
import type { ThreadMessage } from "../harness/slack-workspace.ts";

let talk: SlackTalk;
let repositoryId: string;

beforeAll(async () => {
	talk = await createSlackTalk({
		judged: false,
		codeChannels: true,
		showJobs: true,
		repositoryId: async () => repositoryId,
	});
	await talk.slack.start();
	repositoryId = (await aRepository(talk.database, "web-shop")).id;
});
afterAll(() => talk[Symbol.asyncDispose]());

/** Says a word in a session's thread, and waits for its channel. */
async function openBy(name: string, at: Place): Promise<CodeChannel & { channelId: string }> {
	await talk.human(name).chat.postMessage({ channel: at.channelId, thread_ts: at.threadTs, text: "channel" });
	return untilOpen(at);
}

async function untilOpen(at: Place) {
	return vi.waitFor(async () => {
		const { id } = await talk.session(at);
		const channel = await findCodeChannel(talk.database.db, id);
		if (channel?.state !== "open" || channel.channelId === null) throw new Error(`it is ${channel?.state}`);
		return { ...channel, channelId: channel.channelId };
	}, WAIT);
}

async function messagesIn(channelId: string): Promise<ThreadMessage[]> {
	const found = (await talk.readPage("mia", `messages?channel=${channelId}`)) as {
		messages: ThreadMessage[];
	};
	return found.messages;
}

async function write(name: string, channelId: string, text: string): Promise<string> {
	return (await talk.human(name).chat.postMessage({ channel: channelId, text })).ts ?? "";
}

const textsIn = async (channelId: string) => (await messagesIn(channelId)).map(({ text }) => text);

describe("a session with a channel of its own", () => {
	test("takes what is said there for a prompt, and answers there", async () => {
		const at = await talk.say("mia", "shop", "@bobbin fix the cart");
		const { channelId } = await openBy("mia", at);
		const said = await write("mia", channelId, "and the tests");
		await vi.waitFor(
			async () => expect(await talk.prompts(at)).toContainEqual(["and the tests", "done"]),
			WAIT,
		);
		await vi.waitFor(async () => expect(await textsIn(channelId)).toContain("Did: and the tests"), WAIT);
		await vi.waitFor(async () => {
			const message = (await messagesIn(channelId)).find(({ ts }) => ts === said);
			expect(message?.reactions?.map((one) => one.name)).toEqual(["white_check_mark"]);
		}, WAIT);
	});
});
