import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findSessionsBehind } from "../../src/sessions/reviews/review-store.ts";
import { createTestDatabase } from "../harness/database.ts";
import { createPullRequestRows } from "../harness/pull-request-rows.ts";

const PUSHED = new Date("2030-01-02T10:00:00Z");
const minutesLater = (minutes: number) => new Date(PUSHED.getTime() + minutes * 60_000);
const [OURS, THEIRS] = ["a".repeat(40), "b".repeat(40)] as const;

let database: Awaited<ReturnType<typeof createTestDatabase>>;
beforeAll(async () => {
	database = await createTestDatabase();
});
afterAll(() => database.drop());

/** A branch to which a session pushed once, and from which something was merged into `base` so much later. */
async function aUsedBranch(merged: { base: string; afterMinutes: number } | null) {
	const { db } = database;
	const rows = createPullRequestRows(db);
	const repositoryId = await rows.repository();
	const sessionId = await rows.session(repositoryId);
	const place = { repository_id: repositoryId, branch: "docs" };
	await db
		.insertInto("pushes")
		.values({ id: randomUUID(), session_id: sessionId, ...place, sha: OURS, at: PUSHED })
		.execute();
	if (merged !== null)
		await db
			.insertInto("merges")
			.values({
				...{ ...place, number: 1, added_lines: 1, base: merged.base },
				merged_at: minutesLater(merged.afterMinutes),
			})
			.execute();
	const isBehind = async (headSha: string) =>
		(
			await findSessionsBehind(db, { repositoryId, headSha, branch: "docs", base: "main", isFork: false })
		).includes(sessionId);
	return { isBehind };
}

it.each<[string, Parameters<typeof aUsedBranch>[0], boolean]>([
	["holds up what is built on its work", null, true],
	["holds up nothing that begins behind its merge", { base: "main", afterMinutes: 60 }, false],
	[
		"holds up what goes into another base than it was merged into",
		{ base: "release", afterMinutes: 60 },
		true,
	],
	["holds up what it may have pushed during the merge", { base: "main", afterMinutes: 0.5 }, true],
	["holds up what it pushed after the merge", { base: "main", afterMinutes: -60 }, true],
])("a session that once pushed to a branch %s", async (_title, merged, held) => {
	const { isBehind } = await aUsedBranch(merged);
	expect(await isBehind(THEIRS)).toBe(held);
	expect(await isBehind(OURS)).toBe(true);
});
