import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { appendEvents } from "../../src/sessions/log/event-store.ts";
import { insertOfSession } from "../../src/sessions/sandbox/sandbox-store.ts";
import { startSandbox } from "../../src/sessions/sandbox/start-sandbox.ts";
import { createFakeSandboxes } from "../harness/run-edges.ts";
import { aPerson, aPrompt, aRepository, aThread } from "../harness/sessions.ts";
import { type StartedCore, startCore } from "../harness/start-core.ts";

const WORK = "/home/agent/repo/cart.js";
const never = new AbortController().signal;

let core: StartedCore;
let fakes: ReturnType<typeof createFakeSandboxes>;
let repositoryId: string;
let sessionId: string;

beforeAll(async () => {
	core = await startCore();
});
afterAll(() => core.stop());

beforeEach(async () => {
	fakes = createFakeSandboxes();
	repositoryId = (await aRepository(core.database)).id;
	const prompt = aPrompt(await aPerson(core), { text: "Round the total" });
	const accepted = await core.sessions.acceptThreadPrompt({ thread: aThread(), prompt });
	sessionId = accepted.sessionId;
	const { promptId } = accepted;
	const end = { status: "done" as const, answer: "Rounded.", finished_at: new Date() };
	await core.database.db.updateTable("prompts").set(end).where("id", "=", promptId).execute();
	const finished = {
		type: "prompt.finished" as const,
		data: { promptId, status: "done" as const, problem: null, durationMs: 1, costUsd: 0 },
	};
	await core.database.db.transaction().execute((tx) => appendEvents(tx, sessionId, [finished], new Date()));
});

/** An image with one file in it; at the provider only if it `isThere`. */
async function anImage(text: string, isThere = true): Promise<string> {
	const snapshot = `bobbin-image-${randomUUID()}`;
	await core.database.db
		.insertInto("images")
		.values({
			...{ id: randomUUID(), repository_id: repositoryId, provider: "fake", snapshot, state: "ready" },
			...{ commit_sha: "c0ffee", recipe: "{}", recipe_hash: "", reason: "asked" },
		})
		.execute();
	const files = new Map([[WORK, new TextEncoder().encode(text)]]);
	if (isThere) fakes.snapshots.set(snapshot, { files, createdAt: new Date() });
	return snapshot;
}

/** The row of the session's second sandbox, with a snapshot of the first that the provider has lost. */
async function aLostSnapshot() {
	const of = { session_id: sessionId, repository_id: repositoryId, provider: "fake", image_id: null };
	const row = (name: string) =>
		insertOfSession(core.database.db, { ...of, id: randomUUID(), names: [name], token_hash: randomUUID() });
	const first = await row(`first-${sessionId}`);
	await core.database.db
		.updateTable("sandboxes")
		.set({ state: "lost", deleted_at: new Date() })
		.where("id", "=", first.id)
		.execute();
	await core.database.db
		.insertInto("session_snapshots")
		.values({
			...{ id: randomUUID(), session_id: sessionId, sandbox_id: first.id, provider: "fake" },
			...{ name: `lost-${sessionId}`, state: "ready", seq: 1_000, reason: "turn" },
		})
		.execute();
	return row(`second-${sessionId}`);
}

const start = (row: Awaited<ReturnType<typeof aLostSnapshot>>) =>
	startSandbox(
		{
			db: core.database.db,
			sandboxes: fakes.sandboxes,
			log: core.log,
			now: core.now,
			newToken: () => randomUUID(),
		},
		row,
		never,
	);

const contentOf = (name: string) => {
	const file = fakes.made.get(name)?.files.get(WORK);
	return file ? new TextDecoder().decode(file) : null;
};

it("a session whose snapshot is lost begins from its repository's newest image, and is told what it missed", async () => {
	await anImage("old");
	await anImage("new");
	const row = await aLostSnapshot();
	const ready = await start(row);
	expect(ready.from).toBe("image");
	expect(contentOf(row.name)).toBe("new");
	// As with any new sandbox of an image: there are files to read, of no branch of the session's.
	expect(ready.row).toMatchObject({ branch: null, cloned_at: expect.any(Date), missed_after_seq: 0 });
	expect(ready.missed.turns).toMatchObject([
		{ author: "Mia", text: "Round the total", answer: "Rounded.", elsewhere: null },
	]);
});

it("whoever takes over in the middle of that goes on with the same image", async () => {
	const chosen = await anImage("chosen");
	const row = await aLostSnapshot();
	await start(row);
	await anImage("newer");
	const again = await core.database.db
		.selectFrom("sandboxes")
		.selectAll()
		.where("id", "=", row.id)
		.executeTakeFirstOrThrow();
	const ready = await start({ ...again, state: "creating" });
	expect(ready.info.snapshot).toBe(chosen);
	expect(ready.from).toBe("image");
	expect(contentOf(row.name)).toBe("chosen");
});

it.each([
	["there is no image", async () => {}],
	["the image is lost too", () => anImage("gone", false)],
])("it begins empty where %s", async (_, prepare) => {
	await prepare();
	const row = await aLostSnapshot();
	const ready = await start(row);
	expect(ready).toMatchObject({ from: "empty", row: { cloned_at: null } });
	expect(fakes.made.has(row.name)).toBe(true);
});
