import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type AddPicture, createAddPicture } from "../../src/sessions/pictures/add-picture.ts";
import { createGatewayAccess } from "../../src/sessions/sandbox/gateway-access.ts";
import { hashToken } from "../../src/sessions/sandbox/gateway-token.ts";
import { startGateway } from "../harness/gateway.ts";
import { aPng } from "../harness/picture.ts";
import { createPullRequestRows } from "../harness/pull-request-rows.ts";
import { type StartedCore, startCore } from "../harness/start-core.ts";

interface Tool {
	execute(
		input: { path: string; title: string },
		context: { directory: string; abort: AbortSignal },
	): Promise<{ title: string; output: string }>;
}

let core: StartedCore;
let rows: ReturnType<typeof createPullRequestRows>;
let add: AddPicture;
let gateway: Awaited<ReturnType<typeof startGateway>>;
let folder: string;
let checkout: string;
let tool: Tool;
let sessionId: string;
let promptId: string;
let token: string;

const MiB = 1024 * 1024;
const db = () => core.database.db;

beforeAll(async () => {
	core = await startCore();
	rows = createPullRequestRows(db());
	add = createAddPicture({ ...core, db: db(), enqueue: core.jobs.enqueue });
	gateway = await startGateway({
		...createGatewayAccess({ db: db(), access: core.access }),
		addPicture: add,
	});
	folder = await mkdtemp(join(tmpdir(), "bobbin-pictures-"));
	checkout = join(folder, "repo");
	await mkdir(checkout);
	process.env.BOBBIN_GATEWAY_URL = gateway.url;
	process.env.BOBBIN_TOKEN_FILE = join(folder, "token");
	// Plain JavaScript that OpenCode loads: it has no types.
	const { tools } = await import(new URL("../../sandbox/guest/plugin/tools.js", import.meta.url).href);
	tool = tools.add_screenshot;
});
afterAll(async () => {
	gateway?.stop();
	await core?.stop();
	await rm(folder, { recursive: true });
});
beforeEach(async () => {
	sessionId = await rows.session(null);
	promptId = await rows.prompt(sessionId, null, { status: "running" });
	token = randomUUID();
	await db()
		.insertInto("sandboxes")
		.values({
			...{ id: randomUUID(), session_id: sessionId, repository_id: null, provider: "local" },
			...{ name: sessionId, state: "ready", token_hash: hashToken(token) },
		})
		.execute();
	await writeFile(join(folder, "token"), token);
});

/** As an agent does it, or a program that got hold of its token. */
async function send(body: unknown) {
	const answer = await fetch(`${gateway.url}/gateway/tools/add_screenshot`, {
		method: "POST",
		headers: { authorization: `Bearer ${token}` },
		body: JSON.stringify(body),
	});
	return { status: answer.status, ...((await answer.json()) as { id?: string; error?: { code: string } }) };
}
const show = (path: string, title = "The cart") =>
	tool.execute({ path, title }, { directory: checkout, abort: new AbortController().signal });
const pictures = async () => (await core.sessions.view(sessionId)).pictures ?? [];
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

test("a file of the checkout is kept with its turn; the log tells of it without its bytes", async () => {
	await writeFile(join(checkout, "cart.png"), aPng(1));
	const { output } = await show("cart.png", "The cart,\n<b>after</b>");
	expect(output).toContain("below your answer");
	const [picture, ...more] = await pictures();
	expect(more).toEqual([]);
	expect(picture).toMatchObject({ promptId, title: "The cart, <b>after</b>", type: "image/png" });
	const pictureId = picture?.id ?? "";
	expect(await core.sessions.readPicture({ sessionId, pictureId })).toEqual({
		type: "image/png",
		bytes: aPng(1),
	});
	expect(await core.sessions.readPicture({ sessionId: randomUUID(), pictureId })).toBeNull();
	const told = (await core.sessions.readEvents({ sessionId, afterSeq: 0 })).filter(
		({ type }) => type === "picture.added",
	);
	expect(told.map(({ data }) => data)).toEqual([{ promptId, pictureId, title: "The cart, <b>after</b>" }]);
});

test("the same bytes in a turn are one picture, also where two come at once; in the next turn they are another", async () => {
	const both = await Promise.all([1, 2].map(() => send({ title: "The cart", data: base64(aPng(2)) })));
	const again = await send({ title: "Called otherwise", data: base64(aPng(2)) });
	expect(new Set([...both, again].map(({ id }) => id)).size).toBe(1);
	expect(await pictures()).toHaveLength(1);
	await db().updateTable("prompts").set({ status: "done" }).where("id", "=", promptId).execute();
	const next = await rows.prompt(sessionId, null, { status: "running" });
	await send({ title: "The cart", data: base64(aPng(2)) });
	expect((await pictures()).map((picture) => picture.promptId)).toEqual([promptId, next]);
});

test.each([
	["JPEG", "\xff\xd8\xff\xe0", "image/jpeg"],
	["GIF", "GIF89a", "image/gif"],
	["WebP", "RIFF\x10\0\0\0WEBPVP8 ", "image/webp"],
])("a %s is taken for one, whatever it is called", async (_what, beginning, type) => {
	await writeFile(join(checkout, "cart.png"), Buffer.from(`${beginning}........`, "latin1"));
	await show("cart.png");
	expect(await pictures()).toMatchObject([{ type }]);
});

test.each([
	[
		"an SVG that is called a PNG",
		Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
		415,
		"not_a_picture",
	],
	["HTML", Buffer.from("<!doctype html><script>"), 415, "not_a_picture"],
	["nothing", Buffer.alloc(0), 415, "not_a_picture"],
	["more than 4 MiB", Buffer.concat([aPng(3), Buffer.alloc(4 * MiB)]), 413, "picture_too_large"],
	["far more", Buffer.concat([aPng(3), Buffer.alloc(6 * MiB)]), 400, "bad_request"],
])("%s is refused by Bobbin itself", async (_what, bytes, status, code) => {
	expect(await send({ title: "The cart", data: base64(bytes) })).toMatchObject({ status, error: { code } });
	expect(await pictures()).toEqual([]);
});

test.each([
	["no title", { title: " \n ", data: base64(aPng(4)) }],
	["a title without an end", { title: "x".repeat(201), data: base64(aPng(4)) }],
	["no base64", { title: "x", data: "%%" }],
	["another session's id", { title: "x", data: base64(aPng(4)), sessionId: randomUUID() }],
])("a call with %s is refused", async (_what, body) => {
	expect(await send(body)).toMatchObject({ status: 400, error: { code: "bad_request" } });
});

test("where no turn runs, nobody waits for a picture", async () => {
	await db().updateTable("prompts").set({ status: "done" }).where("id", "=", promptId).execute();
	expect(await send({ title: "x", data: base64(aPng(5)) })).toMatchObject({
		status: 409,
		error: { code: "no_turn" },
	});
});

test("a turn has ten pictures at most, a session fifty", async () => {
	for (let turn = 1; turn <= 4; turn++) {
		const earlier = await rows.prompt(sessionId, null, { status: "done" });
		for (let shade = 1; shade <= 10; shade++)
			await add({ sessionId, promptId: earlier, title: "x", bytes: aPng(shade) });
	}
	const bytes = (shade: number) => ({ title: `${shade}`, data: base64(aPng(shade)) });
	for (let shade = 1; shade <= 10; shade++) expect(await send(bytes(shade))).toMatchObject({ status: 200 });
	const tooMany = { status: 409, error: { code: "too_many_pictures" } };
	expect(await send(bytes(11))).toMatchObject({
		...tooMany,
		error: { message: expect.stringContaining("turn has 10") },
	});
	expect(await send(bytes(10))).toMatchObject({ status: 200 });
	await db().updateTable("prompts").set({ status: "done" }).where("id", "=", promptId).execute();
	await rows.prompt(sessionId, null, { status: "running" });
	expect(await send(bytes(1))).toMatchObject({
		...tooMany,
		error: { message: expect.stringContaining("session has 50") },
	});
});

test("a sandbox reads no file elsewhere for it, no link that leads there, and nothing that is no file", async () => {
	await writeFile(join(folder, "outside.png"), aPng(6));
	await symlink(join(folder, "outside.png"), join(checkout, "link.png"));
	await mkdir(join(checkout, "folder.png"), { recursive: true });
	await writeFile(join(checkout, "script.png"), "<svg/>");
	await writeFile(join(checkout, "huge.png"), Buffer.concat([aPng(6), Buffer.alloc(4 * MiB)]));
	for (const path of ["../outside.png", join(folder, "outside.png"), "link.png"])
		await expect(show(path)).rejects.toThrow("Only files of the checkout");
	await expect(show("none.png")).rejects.toThrow("There is no file none.png");
	await expect(show("folder.png")).rejects.toThrow("is no file");
	await expect(show("script.png")).rejects.toThrow("is no PNG, JPEG, GIF or WebP");
	await expect(show("huge.png")).rejects.toThrow("more than 4 MiB");
	expect(await pictures()).toEqual([]);
	await symlink(join(checkout, "cart2.png"), join(checkout, "inside.png"));
	await writeFile(join(checkout, "cart2.png"), aPng(7));
	await show("inside.png");
	expect(await pictures()).toHaveLength(1);
});
