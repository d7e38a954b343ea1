import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { SandboxesTable } from "../../src/db/schema/sandboxes.ts";
import { ensureSandbox } from "../../src/sessions/sandbox/ensure-sandbox.ts";
import { hashToken } from "../../src/sessions/sandbox/gateway-token.ts";
import { takeOwnership } from "../../src/sessions/session-store.ts";
import { createFakeSandboxes } from "../harness/run-edges.ts";
import { aPerson, aPrompt, aRepository, aThread } from "../harness/sessions.ts";
import { type StartedCore, startCore } from "../harness/start-core.ts";
import { type TableWatch, watchTable } from "../harness/table-watch.ts";

const never = new AbortController().signal;
let core: StartedCore;
let table: TableWatch;
let authorId: string;
let fakes: ReturnType<typeof createFakeSandboxes>;
let session: { sessionId: string; repositoryId: string; epoch: number };

beforeAll(async () => {
	core = await startCore();
	authorId = await aPerson(core);
	table = await watchTable(core.database, "sandboxes");
});

afterAll(async () => {
	await table.stop();
	await core.stop();
});

beforeEach(async () => {
	fakes = createFakeSandboxes();
	const { id } = await aRepository(core.database);
	const accepted = await core.sessions.acceptThreadPrompt({ thread: aThread(), prompt: aPrompt(authorId) });
	const { sessionId } = accepted;
	const epoch = await takeOwnership(core.database.db, {
		sessionId,
		instanceId: core.newId(),
		at: new Date(),
	});
	session = { sessionId, repositoryId: id, epoch };
});

function ensure() {
	const { sandboxes } = fakes;
	const { log, now, newId } = core;
	return ensureSandbox(
		{ db: core.database.db, sandboxes, log, now, newId, newToken: randomUUID },
		session,
		never,
	);
}

/** A sandbox that somebody is making for the pool, with its token in it. */
async function oneUnderWay() {
	const name = `bobbin-warm-${randomUUID().slice(0, 8)}`;
	const token = randomUUID();
	const info = await fakes.sandboxes.create({ name });
	await fakes.sandboxes.writeFile(info.id, `${info.secretsDir}/token`, token);
	const id = randomUUID();
	await core.database.db
		.insertInto("sandboxes")
		.values({
			id,
			session_id: null,
			repository_id: session.repositoryId,
			provider: "fake",
			name,
			state: "warming",
			token_hash: hashToken(token),
		})
		.execute();
	return { id, name, token };
}

async function setRow(
	id: string,
	set: { state?: SandboxesTable["state"]; branch?: string; claimed_at?: Date; cloned_at?: Date },
) {
	await core.database.db.updateTable("sandboxes").set(set).where("id", "=", id).execute();
}

const untilClaimed = (id: string) =>
	table.until("the claim", () =>
		core.database.db
			.selectFrom("sandboxes")
			.select("id")
			.where("id", "=", id)
			.where("session_id", "is not", null)
			.executeTakeFirst(),
	);

it("a session waits for the one that it found under way, and has what was done in it", async () => {
	const { id, name, token } = await oneUnderWay();
	const ensured = ensure();
	await untilClaimed(id);
	await setRow(id, { state: "ready", branch: "main", cloned_at: new Date() });
	expect(await ensured).toMatchObject({
		from: "warm",
		gatewayToken: token,
		row: { name, branch: "main", cloned_at: expect.any(Date) },
	});
});

it("a run that takes over from a dead one waits for the same one", async () => {
	const { id, name } = await oneUnderWay();
	ensure().catch(() => {});
	await untilClaimed(id);
	let isReady = false;
	const again = ensure().finally(() => {
		isReady = true;
	});
	for (let looks = 0; looks < 20; looks++) await core.database.pool.query("select 1");
	expect(isReady).toBe(false);
	await setRow(id, { state: "ready" });
	expect(await again).toMatchObject({ row: { name } });
});

it.each([
	["its making fails", { state: "lost" as const }],
	["it takes far too long", { claimed_at: new Date(Date.now() - 10 * 60_000) }],
])("a session makes one of its own where %s, and takes none under way again", async (_why, set) => {
	await oneUnderWay();
	await oneUnderWay();
	const ensured = ensure();
	const claimed = await table.until("the claimed one", () =>
		core.database.db
			.selectFrom("sandboxes")
			.select(["id", "name"])
			.where("session_id", "=", session.sessionId)
			.executeTakeFirst(),
	);
	await setRow(claimed.id, set);
	const made = await ensured;
	expect(made.from).toBe("empty");
	expect(made.row.name).toMatch(new RegExp(`^bobbin-${session.sessionId.slice(0, 8)}`));
	expect(fakes.made.has(claimed.name)).toBe(false);
});
