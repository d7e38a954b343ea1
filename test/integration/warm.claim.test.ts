import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { SandboxesTable } from "../../src/db/schema/sandboxes.ts";
import { claimWarmSandbox } from "../../src/sessions/sandbox/warm-claim-store.ts";
import { aPerson, aPrompt, aRepository, aThread } from "../harness/sessions.ts";
import { type StartedCore, startCore } from "../harness/start-core.ts";

const MINUTE_MS = 60_000;
let core: StartedCore;
let authorId: string;
let repositoryId: string;

beforeAll(async () => {
	core = await startCore();
	authorId = await aPerson(core);
});

afterAll(() => core.stop());

beforeEach(async () => {
	repositoryId = (await aRepository(core.database)).id;
});

async function anEntry(fields: {
	state?: SandboxesTable["state"];
	agoMs?: number;
	madeInMs?: number;
	imageId?: string | null;
	of?: string;
}): Promise<string> {
	const id = randomUUID();
	const createdAtMs = Date.now() - (fields.agoMs ?? MINUTE_MS);
	const state = fields.state ?? "warm";
	await core.database.db
		.insertInto("sandboxes")
		.values({
			id,
			session_id: null,
			repository_id: fields.of ?? repositoryId,
			provider: "fake",
			name: id,
			state,
			token_hash: id,
			image_id: fields.imageId ?? null,
			created_at: new Date(createdAtMs),
			warmed_at: state === "warm" ? new Date(createdAtMs + (fields.madeInMs ?? 2_000)) : null,
		})
		.execute();
	return id;
}

async function anImage(agoMs: number): Promise<string> {
	const id = randomUUID();
	await core.database.db
		.insertInto("images")
		.values({
			id,
			repository_id: repositoryId,
			provider: "fake",
			snapshot: id,
			commit_sha: "0".repeat(40),
			recipe: "{}",
			recipe_hash: "",
			reason: "schedule",
			state: "ready",
			started_at: new Date(Date.now() - agoMs),
		})
		.execute();
	return id;
}

async function aSession(): Promise<string> {
	const prompt = aPrompt(authorId);
	return (await core.sessions.acceptThreadPrompt({ thread: aThread(), prompt })).sessionId;
}

async function claim(sessionId?: string) {
	return claimWarmSandbox(core.database.db, {
		sessionId: sessionId ?? (await aSession()),
		repositoryId,
		provider: "fake",
	});
}

it("gives twenty entries to twenty of fifty who claim at the same time, each to one", async () => {
	const entries = await Promise.all(Array.from({ length: 20 }, () => anEntry({})));
	const sessions = await Promise.all(Array.from({ length: 50 }, aSession));
	const claims = await Promise.all(sessions.map((sessionId) => claim(sessionId)));
	const won = claims.filter((row) => row !== undefined);
	expect(new Set(won.map((row) => row.id))).toEqual(new Set(entries));
	expect(won).toHaveLength(20);
	const rows = await core.database.db
		.selectFrom("sandboxes")
		.select(["id", "session_id", "state", "claimed_at"])
		.where("repository_id", "=", repositoryId)
		.execute();
	expect(new Set(rows.map((row) => row.session_id)).size).toBe(20);
	expect(rows.every((row) => row.state === "ready" && row.claimed_at !== null)).toBe(true);
	expect(await claim()).toBeUndefined();
});

it("takes the newest image first, then the freshest", async () => {
	const [older, newer] = [await anImage(60 * MINUTE_MS), await anImage(MINUTE_MS)];
	const order = [
		await anEntry({ imageId: newer, agoMs: 5 * MINUTE_MS }),
		await anEntry({ imageId: older, agoMs: MINUTE_MS }),
		await anEntry({ imageId: older, agoMs: 2 * MINUTE_MS }),
		await anEntry({ imageId: null, agoMs: 10 }),
	];
	for (const id of order) expect((await claim())?.id).toBe(id);
});

it("takes one under way where none is warm, and none that is overdue", async () => {
	await anEntry({ madeInMs: 10 * MINUTE_MS });
	await anEntry({ state: "warming", agoMs: 11 * MINUTE_MS });
	const underWay = await anEntry({ state: "warming", agoMs: 5 * MINUTE_MS });
	expect((await claim())?.state).toBe("ready");
	expect(await claim()).toMatchObject({ id: underWay, state: "warming" });
	expect(await claim()).toBeUndefined();
});

it("takes none of another repository or provider, and none that is lost or deleted", async () => {
	const other = await aRepository(core.database);
	await anEntry({ of: other.id });
	await anEntry({ state: "lost" });
	await anEntry({ state: "building" });
	const elsewhere = await anEntry({});
	await core.database.db
		.updateTable("sandboxes")
		.set({ provider: "other" })
		.where("id", "=", elsewhere)
		.execute();
	const deleted = await anEntry({});
	await core.database.db
		.updateTable("sandboxes")
		.set({ deleted_at: new Date() })
		.where("id", "=", deleted)
		.execute();
	expect(await claim()).toBeUndefined();
});

it("notes the hints that wanted it and those of the session's people, and no others", async () => {
	const sandboxId = await anEntry({});
	const stranger = await aPerson(core, "Noah");
	const aHint = async (fields: { person: string | null; agoMs: number; sandbox?: string }) => {
		const id = randomUUID();
		await core.database.db
			.insertInto("warm_hints")
			.values({
				id,
				person_id: fields.person,
				repository_id: repositoryId,
				source: "api",
				outcome: "made",
				sandbox_id: fields.sandbox ?? null,
				at: new Date(Date.now() - fields.agoMs),
			})
			.execute();
		return id;
	};
	const wanted = [
		await aHint({ person: null, agoMs: 1, sandbox: sandboxId }),
		await aHint({ person: authorId, agoMs: 5 * MINUTE_MS }),
	];
	await aHint({ person: stranger, agoMs: 1 });
	await aHint({ person: authorId, agoMs: 11 * MINUTE_MS });
	const sessionId = await aSession();
	await claim(sessionId);
	const hits = await core.database.db
		.selectFrom("warm_hints")
		.select("id")
		.where("session_id", "=", sessionId)
		.where("hit_at", "is not", null)
		.execute();
	expect(hits.map((hit) => hit.id).sort()).toEqual(wanted.sort());
});
