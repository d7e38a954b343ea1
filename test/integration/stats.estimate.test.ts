import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { estimateCost } from "../../src/stats/estimate-cost.ts";
import { createTestDatabase } from "../harness/database.ts";
import { aRepository } from "../harness/sessions.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
beforeAll(async () => {
	database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(() => database.pool.query("truncate sessions cascade"));

interface Row {
	repositoryId: string;
	teamId?: string;
	kind?: string | null;
	status?: "done" | "failed" | "running";
	costUsd?: number;
	/** How long ago it ended. */
	hoursAgo?: number;
}

async function prompt(row: Row): Promise<string> {
	const [sessionId, id] = [randomUUID(), randomUUID()];
	const { db } = database;
	const at = new Date(Date.UTC(2026, 10, 22) - (row.hoursAgo ?? 1) * 3_600_000);
	await db
		.insertInto("sessions")
		.values({
			id: sessionId,
			status: "ready",
			title: "",
			repository_id: row.repositoryId,
			created_at: at,
			updated_at: at,
		})
		.execute();
	const teamId = row.teamId ?? "T1";
	await db
		.insertInto("threads")
		.values({ team_id: teamId, channel_id: "C1", thread_ts: sessionId, session_id: sessionId })
		.execute();
	await db
		.insertInto("prompts")
		.values({
			...{ id, session_id: sessionId, number: 1, text: "", idempotency_key: id, author_id: null },
			origin: JSON.stringify({ kind: "api" }),
			status: row.status ?? "done",
			kind: row.kind === undefined ? "small_fix" : row.kind,
			repository_id: row.repositoryId,
			cost_usd: row.costUsd ?? 0,
			...{ started_at: at, finished_at: row.status === "running" ? null : at },
		})
		.execute();
	return id;
}
const prompts = async (costs: number[], row: Row) => {
	for (const costUsd of costs) await prompt({ ...row, costUsd });
};

describe("what work of a kind usually costs", () => {
	it("is median and p90 of its repository", async () => {
		const [shop, docs] = [await aRepository(database), await aRepository(database)];
		await prompts([0.1, 0.2, 0.3, 0.4, 0.5], { repositoryId: shop.id });
		await prompts([9, 9, 9, 9, 9], { repositoryId: docs.id });
		const asked = await prompt({ repositoryId: shop.id, status: "running" });
		const estimate = await estimateCost(database.db, asked);
		expect(estimate?.medianUsd).toBeCloseTo(0.3);
		expect(estimate?.p90Usd).toBeCloseTo(0.46);
	});

	it("is of all repositories of the workspace where fewer than five are known of this one", async () => {
		const [shop, docs] = [await aRepository(database), await aRepository(database)];
		await prompts([1, 1, 1, 1], { repositoryId: shop.id });
		await prompts([3, 3, 3, 3, 3], { repositoryId: docs.id });
		await prompts([70, 70, 70, 70, 70], { repositoryId: docs.id, teamId: "T2" });
		const asked = await prompt({ repositoryId: shop.id, status: "running" });
		expect(await estimateCost(database.db, asked)).toEqual({ medianUsd: 3, p90Usd: 3 });
		const theirs = await prompt({ repositoryId: shop.id, teamId: "T2", status: "running" });
		expect(await estimateCost(database.db, theirs)).toEqual({ medianUsd: 70, p90Usd: 70 });
	});

	it("counts what is done, of its kind, and cost something", async () => {
		const shop = await aRepository(database);
		await prompts([1, 1, 1, 1], { repositoryId: shop.id });
		await prompts([1], { repositoryId: shop.id, status: "failed" });
		await prompts([1], { repositoryId: shop.id, kind: "feature" });
		await prompts([0], { repositoryId: shop.id });
		const asked = await prompt({ repositoryId: shop.id, status: "running" });
		expect(await estimateCost(database.db, asked)).toBeNull();
		await prompts([1], { repositoryId: shop.id });
		expect(await estimateCost(database.db, asked)).toEqual({ medianUsd: 1, p90Usd: 1 });
	});

	it("is not known of what is of no kind", async () => {
		const shop = await aRepository(database);
		await prompts([1, 1, 1, 1, 1], { repositoryId: shop.id, kind: null });
		const asked = await prompt({ repositoryId: shop.id, kind: null, status: "running" });
		expect(await estimateCost(database.db, asked)).toBeNull();
	});

	it("forgets the oldest", async () => {
		const shop = await aRepository(database);
		await prompts(
			Array.from({ length: 200 }, () => 1),
			{ repositoryId: shop.id },
		);
		await prompts(
			Array.from({ length: 150 }, () => 50),
			{ repositoryId: shop.id, hoursAgo: 1_000 },
		);
		const asked = await prompt({ repositoryId: shop.id, status: "running" });
		expect(await estimateCost(database.db, asked)).toEqual({ medianUsd: 1, p90Usd: 1 });
	});
});
