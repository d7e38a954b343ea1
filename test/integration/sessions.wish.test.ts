import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SessionWish } from "../../src/db/schema/sessions.ts";
import { createRouteSessionTask } from "../../src/jobs/tasks/route-session.ts";
import { aPerson, aPrompt, aRepository, aThread } from "../harness/sessions.ts";
import { type StartedCore, startCore } from "../harness/start-core.ts";

let core: StartedCore;
beforeAll(async () => {
	core = await startCore();
});
afterAll(() => core.stop());

async function routed(wish: SessionWish, classify = "unasked") {
	const personId = await aPerson(core);
	const { sessionId } = await core.sessions.acceptThreadPrompt({
		thread: aThread(),
		prompt: aPrompt(personId),
		start: { wish },
	});
	const task = createRouteSessionTask({
		db: core.database.db,
		access: core.access,
		sessions: core.sessions,
		newId: core.newId,
		classify: async () => {
			if (classify === "unasked") throw new Error("nothing was to be found out");
			return { outcome: "chosen", repositoryId: classify, how: "model", reason: "said so", confidence: 1 };
		},
	});
	await task.run({ version: 1, sessionId }, { signal: new AbortController().signal });
	const row = await core.database.db
		.selectFrom("sessions")
		.selectAll()
		.where("id", "=", sessionId)
		.executeTakeFirstOrThrow();
	return { sessionId, row };
}

test("a repository that was chosen beforehand is taken without asking the model, at the branch that was named", async () => {
	const { id } = await aRepository(core.database);
	const repository = { id, how: "picked" as const, reason: "picked by whoever asked" };
	const { row } = await routed({ repository, baseBranch: "release" });
	expect(row).toMatchObject({
		status: "ready",
		repository_id: id,
		base_branch: "release",
		routing: { how: "picked" },
	});
});

test("no repository is needed where that was chosen", async () => {
	const { row } = await routed({ repository: { id: null, how: "picked", reason: "none needed" } });
	expect(row).toMatchObject({ status: "ready", repository_id: null, base_branch: null });
});

test("a chosen repository that is not there is asked for", async () => {
	const { row } = await routed({ repository: { id: randomUUID(), how: "picked", reason: "picked" } });
	expect(row.status).toBe("asking");
});

test("a branch alone counts for the repository that is found out", async () => {
	const { id } = await aRepository(core.database);
	const { row } = await routed({ baseBranch: "next" }, id);
	expect(row).toMatchObject({ repository_id: id, base_branch: "next", routing: { how: "model" } });
});
