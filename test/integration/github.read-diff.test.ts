import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createReadChanges } from "../../src/sessions/pull-requests/read-changes.ts";
import { createTestDatabase } from "../harness/database.ts";
import {
	pushBranch,
	type RunningGithub,
	startPlaygroundGithub,
	withToken,
} from "../harness/playground-github.ts";
import { createPullRequestRows } from "../harness/pull-request-rows.ts";

let running: RunningGithub;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
const shop = { owner: "acme", name: "shop" };

beforeAll(async () => {
	[running, database] = await Promise.all([startPlaygroundGithub(), createTestDatabase()]);
	const { token } = await running.github.installationToken({ ...shop, permissions: { contents: "write" } });
	await pushBranch({
		folder: join(running.workDir, "clone"),
		url: withToken(running.github.gitUrl(shop), token),
		branch: "bobbin/abc",
		files: { "src/cart.ts": "export const total = 2;\n" },
	});
});
afterAll(async () => {
	await running.stop();
	await database.drop();
});

test("a branch's changes are a unified diff; of a branch that is gone there is none", async () => {
	const diff = await running.github.readDiff({ ...shop, base: "main", head: "bobbin/abc" });
	expect(diff).toContain("diff --git a/src/cart.ts b/src/cart.ts");
	expect(diff).toContain("-export const total = 1;\n+export const total = 2;\n");
	expect(await running.github.readDiff({ ...shop, base: "main", head: "gone" })).toBeNull();
});

test("a session's are those of its newest pull request, else of its branch", async () => {
	const { db } = database;
	const rows = createPullRequestRows(db);
	const asked: object[] = [];
	const read = createReadChanges({
		db,
		readDiff: async (range) => {
			asked.push(range);
			return "diff";
		},
	});
	const repositoryId = await rows.repository({ name: "shop" });
	const sessionId = await rows.session(repositoryId);
	expect(await read(sessionId)).toBeNull();
	await db.updateTable("sessions").set({ branch: "bobbin/abc" }).where("id", "=", sessionId).execute();
	expect(await read(sessionId)).toEqual({ diff: "diff", base: "main", head: "bobbin/abc" });
	await rows.pullRequest({ sessionId, repositoryId }, { branch: "bobbin/abc-2", base: "next" });
	expect(await read(sessionId)).toEqual({ diff: "diff", base: "next", head: "bobbin/abc-2" });
	await db
		.updateTable("repositories")
		.set({ removed_at: new Date() })
		.where("id", "=", repositoryId)
		.execute();
	expect(await read(sessionId)).toBeNull();
	expect(asked).toEqual([
		{ ...shop, base: "main", head: "bobbin/abc" },
		{ ...shop, base: "next", head: "bobbin/abc-2" },
	]);
});
