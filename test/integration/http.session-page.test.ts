import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { buffer, text } from "node:stream/consumers";
import { Hono } from "hono";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AppError } from "../../src/errors.ts";
import { createSessionContextRoutes } from "../../src/http/routes/session-context.ts";
import { createSessionPages } from "../../src/http/routes/session-pages.ts";
import { createSessionPictureRoutes } from "../../src/http/routes/session-pictures.ts";
import { type HttpServer, listen } from "../../src/http/server.ts";
import { createAddPicture } from "../../src/sessions/pictures/add-picture.ts";
import { toSaidLines } from "../../src/sessions/turn/said-prompt.ts";
import { aPng } from "../harness/picture.ts";
import { aPerson, aPrompt, aThread } from "../harness/sessions.ts";
import { type StartedCore, startCore } from "../harness/start-core.ts";

let core: StartedCore;
let server: HttpServer;
let sessionId: string;
let promptId: string;

beforeAll(async () => {
	core = await startCore();
	server = await listen({ host: "127.0.0.1", port: 0, log: pino({ level: "silent" }) });
	const pages = createSessionPages({
		...core.sessions,
		async threadUrl({ teamId, channelId }) {
			if (teamId === "T-gone") throw new AppError("workspace_unknown", "Not installed in T-gone.");
			return `https://acme.slack.example/archives/${channelId}`;
		},
	});
	const app = new Hono()
		.route("/", pages)
		.route("/", createSessionContextRoutes(core.sessions))
		.route("/", createSessionPictureRoutes(core.sessions));
	server.open(app, []);
	const prompt = aPrompt(await aPerson(core, "Mia"), {
		text: "Round <b>the total</b> password=q8Zt4vR2mK9w7x",
		files: [
			{ id: "F1", name: "<i>.log", mimeType: "text/plain", sizeBytes: 2_000, url: "https://x/f" },
			{
				id: "F2",
				name: "a.mp4",
				mimeType: "video/mp4",
				sizeBytes: 9,
				url: "",
				leftOut: "I cannot listen or watch",
			},
		],
		context: {
			thread: [
				{ author: "Sentry", by: "app", text: "<script>boom</script>" },
				{ author: "Ivan", by: "outside", text: "keep this" },
			],
			threadLeftOut: 7,
			quoted: [{ author: "Omar", place: "#general", text: "and drop this" }],
		},
	});
	({ sessionId, promptId } = await core.sessions.acceptThreadPrompt({ thread: aThread(), prompt }));
});
afterAll(async () => {
	await server?.close();
	await core?.stop();
});

async function ask(id: string, headers: Record<string, string>): Promise<IncomingMessage> {
	const { port } = new URL(server.origin);
	const sent = request({ port, path: `/sessions/${id}`, headers: { host: "localhost", ...headers } });
	const answered = once(sent, "response");
	sent.end();
	const [answer] = await answered;
	return answer;
}

async function open(id: string, headers: Record<string, string> = {}) {
	const answer = await ask(id, headers);
	return { status: answer.statusCode, page: await text(answer) };
}

const THREAD = 'href="https://acme.slack.example/archives/C1"';

test("this machine sees who asked for what, as text", async () => {
	const { status, page } = await open(sessionId);
	expect(status).toBe(200);
	expect(page).toContain("<h3>Mia, queued</h3>");
	expect(page).toContain("Round &lt;b&gt;the total&lt;/b&gt;");
	expect(page).toContain(THREAD);
});

test.each([
	["through a proxy", { "x-forwarded-for": "203.0.113.7" }],
	["by a public name", { host: "bobbin.example.com" }],
])("whoever comes %s is led to the thread and learns no more", async (_how, headers) => {
	const { status, page } = await open(sessionId, headers);
	expect(status).toBe(200);
	expect(page).toContain("Signing in on the web comes later");
	expect(page).toContain(THREAD);
	expect(page).not.toMatch(/Mia|total/);
});

test.each([{}, { "x-forwarded-for": "203.0.113.7" }])(
	"of a workspace that took the app out again there is a page without a way to its thread",
	async (headers) => {
		const prompt = aPrompt(await aPerson(core, "Noah"));
		const thread = { ...aThread(), teamId: "T-gone" };
		const { sessionId } = await core.sessions.acceptThreadPrompt({ thread, prompt });
		const { status, page } = await open(sessionId, headers);
		expect(status).toBe(200);
		expect(page).not.toMatch(/href|T-gone/);
	},
);

describe("pictures that the agent made", () => {
	let path: string;

	beforeAll(async () => {
		const add = createAddPicture({ ...core, db: core.database.db, enqueue: core.jobs.enqueue });
		const title = 'The "cart" <b>after</b>';
		const { pictureId } = await add({ sessionId, promptId, title, bytes: aPng(1) });
		path = `${sessionId}/pictures/${pictureId}`;
	});

	test("are shown to this machine, their titles as text", async () => {
		const { page } = await open(sessionId);
		expect(page).toContain(
			`<img src="/sessions/${path}" alt="The &quot;cart&quot; &lt;b&gt;after&lt;/b&gt;"`,
		);
		expect(page).toContain("img-src 'self'");
		const answer = await ask(path, { "sec-fetch-site": "same-origin", "sec-fetch-dest": "image" });
		expect(answer.statusCode).toBe(200);
		expect(answer.headers).toMatchObject({
			"content-type": "image/png",
			"x-content-type-options": "nosniff",
			"content-security-policy": "sandbox; default-src 'none'",
			"cache-control": expect.stringMatching(/^private, .*immutable$/),
		});
		expect(await buffer(answer)).toEqual(aPng(1));
	});

	test.each([
		["through a proxy", { "x-forwarded-for": "203.0.113.7" }],
		["by a public name", { host: "bobbin.example.com" }],
		["out of another site's page", { "sec-fetch-site": "cross-site", "sec-fetch-dest": "image" }],
	])("are not there for whoever comes %s", async (_how, headers) => {
		expect((await ask(path, headers)).statusCode).toBe(404);
	});

	test.each(["7d1a0c1e-0000-4000-8000-000000000000", "none", "..%2F..%2Fetc"])(
		"there is no picture %s",
		async (id) => {
			expect((await ask(`${sessionId}/pictures/${id}`, {})).statusCode).toBe(404);
		},
	);

	test("are not found under another session", async () => {
		const elsewhere = path.replace(sessionId, "7d1a0c1e-0000-4000-8000-000000000000");
		expect((await ask(elsewhere, {})).statusCode).toBe(404);
	});
});

test.each(["7d1a0c1e-0000-4000-8000-000000000000", "none"])("there is no session %s", async (id) => {
	expect(await open(id)).toMatchObject({
		status: 404,
		page: expect.stringContaining("knows no such session"),
	});
});

describe("what is sent with a prompt", () => {
	async function post(path: string, body: string, headers: Record<string, string> = {}) {
		const { port } = new URL(server.origin);
		const sent = request({ port, path, method: "POST", headers: { host: "localhost", ...headers } });
		const answered = once(sent, "response");
		sent.end(body);
		const [answer] = await answered;
		return { status: answer.statusCode, location: answer.headers.location, body: await text(answer) };
	}
	const drop = (body: unknown, headers?: Record<string, string>, id = promptId) =>
		post(`/api/sessions/${sessionId}/prompts/${id}/context`, JSON.stringify(body), headers);

	test("is shown to this machine, as text: messages with whose they are, files, what was masked", async () => {
		const { page } = await open(sessionId);
		expect(page).toContain("Is sent with it: 3 messages, 1 file");
		expect(page).toContain("&lt;script&gt;boom&lt;/script&gt;");
		expect(page).toMatch(/Sentry<\/strong> <small>an app/);
		expect(page).toMatch(/Ivan<\/strong> <small>from another organisation/);
		expect(page).toMatch(/Omar<\/strong> <small>#general/);
		expect(page).toContain("7 more messages of the thread are left out.");
		expect(page).toContain("&lt;i&gt;.log");
		expect(page).toContain("left out: I cannot listen or watch");
		expect(page).toContain("Masked: 1 (secret).");
		expect(page).not.toContain("q8Zt4vR2mK9w7x");
	});

	test.each([
		["a form of another site", { "sec-fetch-site": "cross-site" }],
		["whoever comes through a proxy", { "x-forwarded-for": "203.0.113.7" }],
	])("is not changed by %s", async (_who, headers) => {
		expect((await drop({ drop: [0] }, headers)).status).toBe(403);
		const path = `/sessions/${sessionId}/prompts/${promptId}/context`;
		expect((await post(path, "drop=0", headers)).status).toBe(403);
		expect((await open(sessionId)).page).toContain("boom");
	});

	test.each([{ drop: ["0"] }, { drop: [-1] }, { drop: 0 }, {}, { drop: [], all: true }])(
		"is not changed by %j",
		async (body) => {
			expect((await drop(body)).status).toBe(400);
		},
	);

	test("of another session or none is not found", async () => {
		expect((await drop({ drop: [0] }, {}, "7d1a0c1e-0000-4000-8000-000000000000")).status).toBe(404);
		expect((await drop({ drop: [0] }, {}, "none")).status).toBe(404);
	});

	test("loses a message by the API and one by the page's form; their words are gone, the others keep their numbers", async () => {
		expect(await drop({ drop: [0, 99] })).toMatchObject({
			status: 200,
			body: '{"outcome":"dropped","messages":1}',
		});
		const form = { "content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin" };
		const path = `/sessions/${sessionId}/prompts/${promptId}/context`;
		expect(await post(path, "drop=2", form)).toMatchObject({
			status: 303,
			location: `/sessions/${sessionId}`,
		});
		const { page } = await open(sessionId);
		expect(page).not.toMatch(/boom|and drop this/);
		expect(page).toContain("keep this");
		expect(page).toContain("Is sent with it: 1 message, 1 file");
		const { db } = core.database;
		const { context } = await db
			.selectFrom("prompts")
			.select("context")
			.where("id", "=", promptId)
			.executeTakeFirstOrThrow();
		expect(toSaidLines(context).join("\n")).not.toMatch(/Sentry|Omar/);
		const acts = await db.selectFrom("audit_log").select(["action", "actor", "data"]).orderBy("id").execute();
		expect(acts.filter(({ action }) => action === "prompt.context_dropped")).toEqual([
			{ action: "prompt.context_dropped", actor: "local", data: { promptId, messages: 1 } },
			{ action: "prompt.context_dropped", actor: "local", data: { promptId, messages: 1 } },
		]);
	});

	test("stays as it is once the prompt runs", async () => {
		await core.database.db.updateTable("prompts").set({ status: "running" }).execute();
		expect((await drop({ drop: [1] })).status).toBe(409);
		expect((await open(sessionId)).page).not.toContain("Drop what is ticked");
	});
});
