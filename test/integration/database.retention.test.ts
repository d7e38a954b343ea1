import { randomUUID } from "node:crypto";
import { type CompiledQuery, Kysely, PostgresDialect } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deleteOldRows } from "../../src/db/delete-old-rows.ts";
import type { Schema } from "../../src/db/schema.ts";
import { createWarmRoutes } from "../../src/http/routes/warm.ts";
import { runPromptJob } from "../../src/jobs/queue.ts";
import { recordAudit } from "../../src/people/audit.ts";
import { toSnapshotNames } from "../../src/sessions/names.ts";
import { insertSnapshot } from "../../src/sessions/sandbox/snapshot-store.ts";
import { aPerson, aPrompt, aRepository, aThread, createCore } from "../harness/sessions.ts";
import { type StartedCore, startCore } from "../harness/start-core.ts";

const DAY_MS = 86_400_000;
const KEEP = { inboxMs: 7 * DAY_MS, historyMs: 90 * DAY_MS, auditMs: 365 * DAY_MS };

let core: StartedCore;
let repositoryId: string;
let sessionId: string;
let serial = 0;

const ago = (days: number) => new Date(Date.now() - days * DAY_MS);
const sweep = (limits?: { batch: number; mostBatches: number }) =>
	deleteOldRows({ ...core, db: core.database.db }, KEEP, limits);

beforeAll(async () => {
	core = await startCore();
});

afterAll(() => core.stop());

beforeEach(async () => {
	repositoryId = (await aRepository(core.database)).id;
	const prompt = aPrompt(await aPerson(core));
	({ sessionId } = await core.sessions.acceptThreadPrompt({ thread: aThread(), prompt }));
});

async function anInboxRow(processedAt: Date | null): Promise<number> {
	const key = `key-${serial++}`;
	const row = { source: "slack" as const, key, twin_key: null, body: "{}", received_at: ago(400) };
	return (
		await core.database.db
			.insertInto("inbox")
			.values({ ...row, processed_at: processedAt })
			.returning("id")
			.executeTakeFirstOrThrow()
	).id;
}

async function aSandbox(fields: {
	sessionId?: string;
	imageId?: string;
	deletedAt: Date | null;
}): Promise<string> {
	const id = randomUUID();
	await core.database.db
		.insertInto("sandboxes")
		.values({
			id,
			session_id: fields.sessionId ?? null,
			repository_id: repositoryId,
			image_id: fields.imageId ?? null,
			provider: "local",
			name: id,
			state: fields.deletedAt ? "deleted" : "warm",
			token_hash: id,
			deleted_at: fields.deletedAt,
		})
		.execute();
	return id;
}

async function aHint(at: Date, sandboxId: string | null = null): Promise<string> {
	const id = randomUUID();
	await core.database.db
		.insertInto("warm_hints")
		.values({
			id,
			person_id: null,
			repository_id: repositoryId,
			source: "home",
			outcome: "made",
			sandbox_id: sandboxId,
			at,
		})
		.execute();
	return id;
}

async function anImage(startedAt: Date, state: "ready" | "failed" | "deleted" = "deleted"): Promise<string> {
	const id = randomUUID();
	await core.database.db
		.insertInto("images")
		.values({
			id,
			repository_id: repositoryId,
			provider: "local",
			snapshot: id,
			commit_sha: "c0ffee",
			recipe: "{}",
			recipe_hash: "",
			reason: "schedule",
			state,
			started_at: startedAt,
			deleted_at: state === "ready" ? null : startedAt,
		})
		.execute();
	return id;
}

async function aSnapshot(
	sandboxId: string,
	fields: { number: number; at: Date; state?: "ready" | "failed" | "deleted"; wipBranch?: string },
): Promise<string> {
	const id = randomUUID();
	await core.database.db
		.insertInto("session_snapshots")
		.values({
			id,
			session_id: sessionId,
			sandbox_id: sandboxId,
			provider: "local",
			name: toSnapshotNames(sessionId, fields.number)[0] ?? "",
			state: fields.state ?? "deleted",
			seq: fields.number,
			reason: "turn",
			wip_branch: fields.wipBranch ?? null,
			created_at: fields.at,
		})
		.execute();
	return id;
}

async function idsOf(
	table: "inbox" | "github_links" | "warm_hints" | "session_snapshots" | "sandboxes" | "images",
) {
	const rows = await core.database.db.selectFrom(table).select("id").execute();
	return new Set<string | number>(rows.map(({ id }) => id));
}

describe("old rows", () => {
	it("of the inbox go a week after they were processed, never before they are", async () => {
		const [old, recent, open] = [await anInboxRow(ago(8)), await anInboxRow(ago(6)), await anInboxRow(null)];
		await sweep();
		const left = await idsOf("inbox");
		expect([left.has(old), left.has(recent), left.has(open)]).toEqual([false, true, true]);
	});

	it("of messages with which sessions began go a week later, unless nobody knows whether they were posted", async () => {
		const aStart = async (days: number, ts: string | null) => {
			const key = `start-${serial++}`;
			await core.database.db
				.insertInto("slack_starts")
				.values({ key, ts, created_at: ago(days) })
				.execute();
			return key;
		};
		const keys = [await aStart(8, "1.1"), await aStart(6, "1.2"), await aStart(8, null)];
		await sweep();
		const left = await core.database.db.selectFrom("slack_starts").select("key").execute();
		expect(keys.map((key) => left.some((row) => row.key === key))).toEqual([false, true, true]);
	});

	it("of sign-ins go a day after their time, whatever became of them", async () => {
		const personId = await aPerson(core);
		const aLink = async (expiresAt: Date, usedAt: Date | null = null) => {
			const link = { id: randomUUID(), person_id: personId, state_hash: randomUUID(), code_verifier: "" };
			const times = { created_at: expiresAt, expires_at: expiresAt, used_at: usedAt };
			await core.database.db
				.insertInto("github_links")
				.values({ ...link, ...times })
				.execute();
			return link.id;
		};
		const links = [
			await aLink(ago(1.1)),
			await aLink(ago(1.1), ago(1.1)),
			await aLink(ago(0.9)),
			await aLink(ago(-1)),
		];
		await sweep();
		const left = await idsOf("github_links");
		expect(links.map((id) => left.has(id))).toEqual([false, false, true, true]);
	});

	it("of the pool and its hints go after 90 days, those of sessions stay", async () => {
		const [gone, hinted, recent, live, sessions] = [
			await aSandbox({ deletedAt: ago(91) }),
			await aSandbox({ deletedAt: ago(91) }),
			await aSandbox({ deletedAt: ago(89) }),
			await aSandbox({ deletedAt: null }),
			await aSandbox({ deletedAt: ago(400), sessionId }),
		];
		const [oldHint, newHint] = [await aHint(ago(91), gone), await aHint(ago(89), hinted)];
		await sweep();
		const sandboxes = await idsOf("sandboxes");
		expect([gone, hinted, recent, live, sessions].map((id) => sandboxes.has(id))).toEqual([
			false,
			true,
			true,
			true,
			true,
		]);
		const hints = await idsOf("warm_hints");
		expect([hints.has(oldHint), hints.has(newHint)]).toEqual([false, true]);
	});

	it("of who did what go after a year, but for which accounts people ever connected", async () => {
		for (const days of [366, 364])
			await recordAudit(core.database.db, { personId: null, action: "test", subject: `${days}` }, ago(days));
		await recordAudit(
			core.database.db,
			{ personId: null, action: "github.linked", subject: "mia" },
			ago(900),
		);
		await sweep();
		const left = await core.database.db
			.selectFrom("audit_log")
			.select("subject")
			.where("action", "in", ["test", "github.linked"])
			.orderBy("id")
			.execute();
		expect(left.map(({ subject }) => subject)).toEqual(["364", "mia"]);
	});

	it("of snapshots stay where one is ready, is the newest or is the last that names a branch", async () => {
		const sandbox = await aSandbox({ deletedAt: null, sessionId });
		const rows = {
			deleted: await aSnapshot(sandbox, { number: 1, at: ago(120) }),
			savedFirst: await aSnapshot(sandbox, { number: 2, at: ago(119), state: "failed", wipBranch: "w" }),
			savedLast: await aSnapshot(sandbox, { number: 3, at: ago(118), state: "failed", wipBranch: "w" }),
			ready: await aSnapshot(sandbox, { number: 4, at: ago(117), state: "ready" }),
			failed: await aSnapshot(sandbox, { number: 5, at: ago(116), state: "failed" }),
			newest: await aSnapshot(sandbox, { number: 6, at: ago(115), state: "failed" }),
		};
		await sweep();
		const left = await idsOf("session_snapshots");
		expect(
			Object.entries(rows)
				.filter(([, id]) => left.has(id))
				.map(([name]) => name),
		).toEqual(["savedLast", "ready", "newest"]);
		const next = await insertSnapshot(core.database.db, {
			...{ id: randomUUID(), sessionId, sandboxId: sandbox, provider: "local", seq: 7 },
			toNames: (number) => toSnapshotNames(sessionId, number),
			reason: "turn",
			at: new Date(),
		});
		expect(next.name).toBe(toSnapshotNames(sessionId, 7)[0]);
	});

	it("of images stay where one is in use, is the last of its repository or has a sandbox", async () => {
		const images = [
			await anImage(ago(130)),
			await anImage(ago(129), "failed"),
			await anImage(ago(128)),
			await anImage(ago(127), "ready"),
			await anImage(ago(126), "failed"),
		];
		await aSandbox({ deletedAt: ago(120), sessionId, imageId: images[2] ?? "" });
		const builder = await aSandbox({ deletedAt: ago(130), imageId: images[0] ?? "" });
		await sweep();
		const left = await idsOf("images");
		expect(images.map((id) => left.has(id))).toEqual([false, false, true, true, true]);
		expect((await idsOf("sandboxes")).has(builder)).toBe(false);
	});

	it("go in batches, and no more than so many in one sweep", async () => {
		for (let i = 0; i < 5; i++) await anInboxRow(ago(10));
		expect((await sweep({ batch: 2, mostBatches: 2 })).inbox).toBe(4);
		expect((await sweep({ batch: 2, mostBatches: 2 })).inbox).toBe(1);
	});

	it("that somebody holds are passed over, not waited for", async () => {
		const [held, other] = [await anInboxRow(ago(10)), await anInboxRow(ago(10))];
		await core.database.db.transaction().execute(async (tx) => {
			await tx.selectFrom("inbox").select("id").where("id", "=", held).forUpdate().execute();
			await sweep();
		});
		const left = await idsOf("inbox");
		expect([left.has(held), left.has(other)]).toEqual([true, false]);
		expect((await sweep()).inbox).toBe(1);
	});

	it("are found by an index in every table", async () => {
		const asked: CompiledQuery[] = [];
		const dialect = new PostgresDialect({ pool: core.database.pool });
		const db = new Kysely<Schema>({ dialect, log: ({ query }) => void asked.push(query) });
		await deleteOldRows({ ...core, db }, KEEP);
		expect(asked).toHaveLength(9);
		const client = await core.database.connect();
		try {
			await client.query("set enable_seqscan = off");
			for (const { sql, parameters } of asked) {
				const { rows } = await client.query(`explain ${sql}`, [...parameters]);
				const plan = rows.map((row: { "QUERY PLAN": string }) => row["QUERY PLAN"]).join("\n");
				expect(plan).toMatch(
					/inbox_processed|github_links_by_end|warm_hints_at|audit_log_by_time|_ended|_by_age/,
				);
				expect(plan).not.toContain("Seq Scan");
			}
		} finally {
			await client.end();
		}
	});
});

it("figures of the pool reach back as far as its rows", async () => {
	const app = createWarmRoutes({
		warm: { hint: () => Promise.reject(new Error("no")), figures: async () => ({}) as never },
		findRepositoryId: async () => null,
		historyMs: KEEP.historyMs,
		now: Date.now,
	});
	expect((await app.request("/api/warm/figures?days=90")).status).toBe(200);
	expect((await app.request("/api/warm/figures?days=91")).status).toBe(400);
});

it("a job that nobody takes is kept for years, also in a queue of an earlier release", async () => {
	await core.database.pool.query("update pgboss.queue set retention_seconds = 60, deletion_seconds = 0");
	const second = createCore(core.database);
	try {
		await second.jobs.prepare();
		await second.jobs.enqueue(
			core.database.db,
			runPromptJob,
			{ version: 1, sessionId: randomUUID() },
			{ key: "kept" },
		);
		const { rows } = await core.database.pool.query(
			`select keep_until > now() + interval '10 years' as kept, deletion_seconds as "deletionSeconds"
			from pgboss.job where singleton_key = 'kept'`,
		);
		expect(rows).toEqual([{ kept: true, deletionSeconds: 86_400 }]);
	} finally {
		await second.jobs.stop();
	}
});

it("what people said in threads is forgotten after the history's time", async () => {
	const said = (ts: string, days: number) => ({
		...{ team_id: "T1", channel_id: "C1", thread_ts: "1.0", ts, user_id: "U1", text: "talk" },
		...{ taken_as: "talk" as const, taken_by: "mode" as const, created_at: ago(days) },
	});
	await core.database.db
		.insertInto("thread_messages")
		.values([said("2.0", 91), said("3.0", 89)])
		.execute();
	expect((await sweep()).thread_messages).toBe(1);
	const rows = await core.database.db.selectFrom("thread_messages").select("ts").execute();
	expect(rows).toEqual([{ ts: "3.0" }]);
});
