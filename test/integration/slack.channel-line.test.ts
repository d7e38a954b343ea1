import { afterAll, beforeAll, expect, test } from "vitest";
import { createSlackWorkspace, type SlackWorkspace, type ThreadMessage } from "../harness/slack-workspace.ts";

let workspace: SlackWorkspace;
let teamId: string;
beforeAll(async () => {
	workspace = await createSlackWorkspace();
	teamId = (await workspace.bot.auth.test()).team_id ?? "";
});
afterAll(() => workspace[Symbol.asyncDispose]());

let count = 0;
function aLine(fields: { text?: string; quote?: string | null; channel?: string } = {}) {
	const { text = `line ${++count}`, quote = null, channel = "shop" } = fields;
	const channelId = workspace.channelId(channel);
	return { teamId, channelId, text, quote, deliveryId: `test:${++count}`, sinceMs: Date.now() };
}
async function said(text: string): Promise<ThreadMessage[]> {
	const { messages } = await workspace.human("mia").conversations.history({
		channel: workspace.channelId("shop"),
	});
	return ((messages ?? []) as ThreadMessage[]).filter((message) => message.text.includes(text));
}

test("a line stands in the channel once, however often and by whomever it is said", async () => {
	const line = aLine();
	expect(await workspace.slack.tellChannel(line)).toEqual({ outcome: "shown" });
	await workspace.slack.tellChannel(line);
	await workspace.startInstance().tellChannel(line);
	expect(await said(line.text)).toHaveLength(1);
});

test("nothing in it is markup or rings a bell", async () => {
	const text = "failed: `a` *b* <!channel> <https://x.example|y> @here";
	await workspace.slack.tellChannel(aLine({ text, quote: "<!everyone>\n*1 failed*" }));
	const [message, ...others] = await said("failed:");
	expect(others).toEqual([]);
	expect(message?.text).toContain("&lt;!channel&gt;");
	expect(message?.blocks).toMatchObject([
		{ type: "section", text: { type: "plain_text" } },
		{
			type: "rich_text",
			elements: [{ type: "rich_text_preformatted", elements: [{ text: "<!everyone>\n*1 failed*" }] }],
		},
	]);
});

test("a line whose answer was lost is found again, and not said twice", async () => {
	const line = aLine();
	workspace.proxy.next("chat.postMessage", "drop");
	expect(await workspace.slack.tellChannel(line)).toMatchObject({ outcome: "later" });
	expect(await workspace.slack.tellChannel(line)).toEqual({ outcome: "shown" });
	expect(await said(line.text)).toHaveLength(1);
});

test("a line that Slack asks to hold back comes later", async () => {
	const line = aLine();
	workspace.proxy.next("conversations.history", "limit");
	expect(await workspace.slack.tellChannel(line)).toEqual({ outcome: "later", retryAfterMs: 7_000 });
	// Whoever was told to wait waits; another instance was not.
	expect(await workspace.slack.tellChannel(line)).toMatchObject({ outcome: "later" });
	const other = workspace.startInstance();
	workspace.proxy.next("chat.postMessage", "refuse_connection");
	expect(await other.tellChannel(line)).toMatchObject({ outcome: "later" });
	expect(await other.tellChannel(line)).toEqual({ outcome: "shown" });
	expect(await said(line.text)).toHaveLength(1);
});

test("a channel that does not let us speak is left alone", async () => {
	const line = { ...aLine(), channelId: "C0NOWHERE" };
	expect(await workspace.startInstance().tellChannel(line)).toEqual({ outcome: "shown" });
	expect(await said(line.text)).toEqual([]);
});
