import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSlackWorkspace, type SlackWorkspace } from "../harness/slack-workspace.ts";

let workspace: SlackWorkspace;
let authorId: string;
beforeAll(async () => {
	workspace = await createSlackWorkspace();
	// Not started: events of Slack stay away, a test shows its threads itself.
	({ personId: authorId } = await workspace.sessions.rememberPerson({
		...{ provider: "slack", tenant: workspace.playground.connection.teamId, kind: "member" },
		...{ externalId: workspace.userId("mia"), name: "mia", email: null },
	}));
});
afterAll(() => workspace[Symbol.asyncDispose]());

const PARAGRAPH = `${"A line that says something about the cart & its total. ".repeat(5)}\n\n`;
const LONG = `# What I found\n\n${PARAGRAPH.repeat(40)}The very end.`;

/** A thread whose prompt is answered. */
async function answered(channel: string, answer: string) {
	const at = await workspace.say("mia", channel, "explain it");
	const { teamId } = workspace.playground.connection;
	const { sessionId, promptId } = await workspace.sessions.acceptThreadPrompt({
		thread: { teamId, channelId: at.channelId, threadTs: at.threadTs },
		prompt: {
			...{ idempotencyKey: randomUUID(), authorId, text: "explain it", files: [], context: {} },
			origin: { kind: "slack", teamId, channelId: at.channelId, messageTs: at.ts },
		},
	});
	await workspace.database.db
		.updateTable("prompts")
		.set({ status: "done", answer, started_at: new Date(), finished_at: new Date() })
		.where("id", "=", promptId)
		.execute();
	return { at, sessionId };
}
type Said = {
	text: string;
	files?: { name: string; url_private: string }[];
	blocks?: unknown[];
	bot_id?: string;
};
const ofBot = async (at: { channelId: string; threadTs: string }) =>
	((await workspace.thread(at)) as Said[]).filter(({ bot_id }) => bot_id !== undefined);
async function showUntilShown(sessionId: string): Promise<void> {
	for (let tries = 0; tries < 5; tries++) {
		const result = await workspace.slack.showThread(sessionId);
		if (result.outcome === "shown") return;
		await delay(result.retryAfterMs);
	}
	throw new Error("the thread is not shown");
}
const fault = (body: object) => workspace.onPage("mia", "faults", { next: [body] });

test("a long answer is its beginning and a file with all of it", async () => {
	const { at, sessionId } = await answered("shop", LONG);
	await showUntilShown(sessionId);
	const [gist, file, status, ...more] = await ofBot(at);
	expect(JSON.stringify(gist?.blocks)).toContain("What I found");
	expect(JSON.stringify(gist?.blocks)).toContain("The whole answer is in the file below");
	expect(gist?.text.length).toBeLessThan(1_500);
	const [given] = file?.files ?? [];
	expect(given?.name).toMatch(/^answer-[0-9a-f]{8}\.md$/);
	const read = await fetch(given?.url_private ?? "", { headers: { authorization: "Bearer xoxp-zoe" } });
	expect(await read.text()).toBe(LONG);
	expect(status?.text).toContain("Done");
	expect(more).toEqual([]);
	await showUntilShown(sessionId);
	expect(await ofBot(at)).toHaveLength(3);
});

test("a short one stays one message", async () => {
	const { at, sessionId } = await answered("docs", "It rounds **down**.");
	await showUntilShown(sessionId);
	expect((await ofBot(at)).map(({ text, files }) => [text.slice(0, 16), files])).toEqual([
		[expect.stringContaining("It rounds"), undefined],
		[expect.stringContaining("Done"), undefined],
	]);
});

test("where files are refused, all of it is said in messages", async () => {
	const { at, sessionId } = await answered("general", LONG);
	await fault({ method: "files.completeUploadExternal", error: "file_uploads_disabled" });
	await showUntilShown(sessionId);
	const messages = await ofBot(at);
	expect(messages.some(({ files }) => files !== undefined)).toBe(false);
	const said = JSON.stringify(messages.map(({ blocks }) => blocks));
	expect(said).toContain("What I found");
	expect(said).toContain("The very end.");
	expect(said).not.toContain("in the file below");
});

test.each([
	["files.completeUploadExternal", "drop"],
	["files.completeUploadExternal", "refuse_connection"],
	["files.getUploadURLExternal", "drop"],
] as const)("a file is there once, also when %s is met by %s", async (method, spoiled) => {
	const { at, sessionId } = await answered("random", LONG);
	workspace.proxy.next(method, spoiled);
	await showUntilShown(sessionId);
	expect((await ofBot(at)).filter(({ files }) => files !== undefined)).toHaveLength(1);
});

test("a message that loses its blocks keeps its words", async () => {
	const { at, sessionId } = await answered("shop", "It rounds **down** at the cart.");
	await fault({ method: "chat.postMessage", error: "invalid_blocks" });
	await showUntilShown(sessionId);
	const [answer] = await ofBot(at);
	expect(answer?.text).toContain("It rounds");
	expect(JSON.stringify(answer)).not.toContain('"section"');
});
