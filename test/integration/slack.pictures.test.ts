import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createAddPicture } from "../../src/sessions/pictures/add-picture.ts";
import { eventually } from "../harness/eventually.ts";
import { aPng } from "../harness/picture.ts";
import { refusals } from "../harness/slack-person.ts";
import { createSlackWorkspace, type SlackWorkspace, type ThreadMessage } from "../harness/slack-workspace.ts";

let workspace: SlackWorkspace;
let authorId: string;
/** While it is set, no time passes: what Slack looks through is not done. */
let stoppedAtMs: number | null = null;
beforeAll(async () => {
	workspace = await createSlackWorkspace({ now: () => stoppedAtMs ?? Date.now() });
	// Not started: events of Slack stay away, a test shows its threads itself.
	({ personId: authorId } = await workspace.sessions.rememberPerson({
		...{ provider: "slack", tenant: workspace.playground.connection.teamId, kind: "member" },
		...{ externalId: workspace.userId("mia"), name: "mia", email: null },
	}));
});
afterAll(() => workspace[Symbol.asyncDispose]());

/** A thread whose prompt is at work. */
async function asked(channel: string) {
	const at = await workspace.say("mia", channel, "show me the cart");
	const { teamId } = workspace.playground.connection;
	const { sessionId, promptId } = await workspace.sessions.acceptThreadPrompt({
		thread: { teamId, channelId: at.channelId, threadTs: at.threadTs },
		prompt: {
			...{ idempotencyKey: randomUUID(), authorId, text: "show me the cart", files: [], context: {} },
			origin: { kind: "slack", teamId, channelId: at.channelId, messageTs: at.ts },
		},
	});
	const { db } = workspace.database;
	const setPrompt = (values: object) =>
		db.updateTable("prompts").set(values).where("id", "=", promptId).execute();
	await setPrompt({ status: "running", started_at: new Date() });
	const add = createAddPicture({ db, enqueue: workspace.enqueue, now: Date.now, newId: randomUUID });
	return {
		at,
		sessionId,
		add: (title: string, bytes: Uint8Array) => add({ sessionId, promptId, title, bytes }),
		answer: (answer: string) => setPrompt({ status: "done", answer, finished_at: new Date() }),
		show: () => workspace.slack.showThread(sessionId),
		async showUntilShown(): Promise<void> {
			for (let tries = 0; tries < 8; tries++) {
				const result = await workspace.slack.showThread(sessionId);
				if (result.outcome === "shown") return;
				await delay(result.retryAfterMs);
			}
			throw new Error("the thread is not shown");
		},
	};
}

async function answerIn(at: { channelId: string; threadTs: string }) {
	const said = (await workspace.thread(at)).filter(({ bot_id }) => bot_id !== undefined);
	const answer = said.find(({ text }) => text.includes("The cart"));
	return { answer, count: said.length, pictures: picturesOf(answer), drawn: JSON.stringify(answer?.blocks) };
}

type ImageBlock = { type: string; alt_text: string; title: { text: string }; slack_file: { id: string } };
const picturesOf = (message: ThreadMessage | undefined) =>
	((message?.blocks ?? []) as ImageBlock[]).filter(({ type }) => type === "image");
const fault = (body: object) => workspace.onPage("mia", "faults", { next: [body] });
const countCalls = (method: string) => workspace.proxy.calls.filter((call) => call === method).length;

test("an answer shows the pictures of its turn to everybody in the channel, as no message of their own", async () => {
	const { at, add, answer, show, showUntilShown } = await asked("shop");
	await add("The cart, <!channel> *before*", aPng(40));
	await add("The cart after", aPng(200));
	await show();
	await answer("The cart looks like this.");
	await showUntilShown();
	const { answer: message, pictures, count } = await answerIn(at);
	expect(count).toBe(2);
	expect(pictures.map(({ alt_text, title }) => [alt_text, title.text])).toEqual([
		["The cart, <!channel> *before*", "The cart, <!channel> *before*"],
		["The cart after", "The cart after"],
	]);
	expect(message?.text).not.toContain("before");
	const { file } = await workspace.human("zoe").files.info({ file: pictures[0]?.slack_file.id ?? "" });
	const seen = await fetch(file?.url_private ?? "", { headers: { authorization: "Bearer xoxp-zoe" } });
	expect(Buffer.from(await seen.arrayBuffer())).toEqual(aPng(40));
	// Beside the thread, by itself.
	await eventually(async () => expect(await workspace.sign(at)).toMatchObject({ status: "active" }));
	const before = workspace.proxy.calls.length;
	await showUntilShown();
	expect(workspace.proxy.calls.slice(before)).toEqual([]);
	expect(await refusals(workspace)).toEqual([]);
});

test("an answer waits for no picture: one that Slack still looks through is put into it later", async () => {
	const { at, add, answer, show, showUntilShown } = await asked("docs");
	await answer("The cart is ready.");
	await add("The cart", aPng(1));
	stoppedAtMs = Date.now();
	expect(await show()).toMatchObject({ outcome: "later" });
	const first = await answerIn(at);
	expect(first.pictures).toEqual([]);
	expect(first.drawn).toContain("🖼");
	stoppedAtMs = null;
	await showUntilShown();
	const then = await answerIn(at);
	expect(then.answer?.ts).toBe(first.answer?.ts);
	expect(then.pictures).toHaveLength(1);
	expect(then.drawn).not.toContain("🖼");
	expect(await refusals(workspace)).toEqual([]);
});

test.each(["refuse_connection", "drop"] as const)(
	"a picture that is uploaded is uploaded once, also when its message is met by %s",
	async (spoiled) => {
		const { at, add, answer, showUntilShown } = await asked("random");
		await add("The cart", aPng(2));
		await showUntilShown();
		await answer("The cart is mended.");
		const before = countCalls("files.completeUploadExternal");
		workspace.proxy.next("chat.postMessage", spoiled);
		await showUntilShown();
		expect(countCalls("files.completeUploadExternal") - before).toBe(0);
		const { count, pictures } = await answerIn(at);
		expect([count, pictures.length]).toEqual([2, 1]);
	},
);

test.each(["files.getUploadURLExternal", "files.completeUploadExternal", "files.info"])(
	"the answer of %s may be lost: the picture is there once all the same",
	async (method) => {
		const { at, add, answer, showUntilShown } = await asked("general");
		await add("The cart", aPng(3));
		await answer("The cart is round.");
		workspace.proxy.next(method, "drop");
		await showUntilShown();
		const { count, pictures } = await answerIn(at);
		expect([count, pictures.length]).toEqual([2, 1]);
	},
);

test("where Slack takes no files, a line leads to the session's page", async () => {
	const { at, sessionId, add, answer, showUntilShown } = await asked("shop");
	const { pictureId } = await add("The cart <!here> *bold*", aPng(4));
	await answer("The cart is blue.");
	await fault({ method: "files.completeUploadExternal", error: "file_uploads_disabled" });
	await showUntilShown();
	const { pictures, drawn } = await answerIn(at);
	expect(pictures).toEqual([]);
	expect(drawn).toContain(`🖼 <${workspace.origin}/sessions/${sessionId}#picture-${pictureId}|`);
	expect(drawn).toContain("&lt;!here&gt;");
	expect(drawn).not.toContain("*bold*");
});

test("where Slack does not show the files of a message, its words get through with a line", async () => {
	const { at, add, answer, showUntilShown } = await asked("docs");
	await add("The cart", aPng(5));
	await showUntilShown();
	await answer("The cart is **green**.");
	await fault({ method: "chat.postMessage", error: "invalid_blocks" });
	await showUntilShown();
	const { count, pictures, drawn } = await answerIn(at);
	expect([count, pictures.length]).toEqual([2, 0]);
	expect(drawn).toContain("*green*");
	expect(drawn).toContain("🖼");
});

test("a quiet thread has them too: they are the result", async () => {
	const { at, sessionId, add, answer, showUntilShown } = await asked("general");
	const { db } = workspace.database;
	await db.updateTable("threads").set({ verbosity: "quiet" }).where("session_id", "=", sessionId).execute();
	await add("The cart", aPng(9));
	await answer("The cart is quiet.");
	await showUntilShown();
	const { count, pictures } = await answerIn(at);
	expect([count, pictures.length]).toEqual([1, 1]);
});

test("more than five, and what Slack cannot draw, are named in one line", async () => {
	const { at, add, answer, showUntilShown } = await asked("random");
	for (let number = 1; number <= 7; number++) await add(`Cart ${number}`, aPng(10 + number));
	await add("A WebP", Buffer.from("RIFF\x04\x00\x00\x00WEBPVP8 ", "latin1"));
	await showUntilShown();
	await answer("The cart in eight ways.");
	await showUntilShown();
	const { pictures, drawn } = await answerIn(at);
	expect(pictures.map(({ title }) => title.text)).toEqual([1, 2, 3, 4, 5].map((number) => `Cart ${number}`));
	const line = drawn.slice(drawn.indexOf("🖼"));
	for (const title of ["Cart 6", "Cart 7", "A WebP"]) expect(line).toContain(title);
	expect(line).not.toContain("Cart 5");
});

test("the playground shows only files that Slack would show", async () => {
	const { channelId } = (await asked("shop")).at;
	const { bot, human } = workspace;
	const upload = async (client: typeof bot, name: string, bytes: Uint8Array) => {
		const place = await client.files.getUploadURLExternal({ filename: name, length: bytes.byteLength });
		await fetch(place.upload_url ?? "", { method: "POST", body: Uint8Array.from(bytes) });
		const files: [{ id: string; title: string }] = [{ id: place.file_id ?? "", title: name }];
		await client.files.completeUploadExternal({ files });
		return place.file_id ?? "";
	};
	const post = (slack_file: { id: string }) =>
		bot.chat.postMessage({
			channel: channelId,
			text: "a picture",
			blocks: [{ type: "image", alt_text: "a picture", slack_file }],
		});
	const refused = (pointer: string) => ({
		data: { error: "invalid_blocks", errors: [expect.stringContaining(pointer)] },
	});
	stoppedAtMs = Date.now();
	const fresh = await upload(bot, "cart.png", aPng(6));
	expect((await bot.files.info({ file: fresh })).file?.mimetype).toBe("");
	await expect(post({ id: fresh })).rejects.toMatchObject(refused("invalid slack file"));
	stoppedAtMs = null;
	const words = await upload(bot, "cart.txt", Buffer.from("no picture"));
	const webp = await upload(bot, "cart.webp", aPng(7));
	const foreign = await upload(human("zoe"), "cart.png", aPng(8));
	await delay(300);
	for (const id of [words, webp, foreign, "F0NOTTHERE"])
		await expect(post({ id })).rejects.toMatchObject(
			refused("invalid slack file [json-pointer:/blocks/0/slack_file]"),
		);
	await expect(post({ id: "cart" })).rejects.toMatchObject(refused("/blocks/0/slack_file/id"));
	await expect(human("zoe").files.info({ file: fresh })).rejects.toMatchObject({
		data: { error: "file_not_found" },
	});
	await post({ id: fresh });
	expect((await human("zoe").files.info({ file: fresh })).file?.mimetype).toBe("image/png");
});
