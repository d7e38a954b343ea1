import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterAll, beforeAll, expect, it } from "vitest";
import { AppError } from "../../src/errors.ts";
import type { RepositoryFacts } from "../../src/github/github.ts";
import { createGithubStore } from "../../src/github/store.ts";
import { syncAtStart, syncRepositories } from "../../src/github/sync-repositories.ts";
import { createTestDatabase } from "../harness/database.ts";
import { startPlaygroundGithub } from "../harness/playground-github.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
beforeAll(async () => {
	database = await createTestDatabase();
});
afterAll(() => database.drop());

const sync = (listRepositories: () => Promise<RepositoryFacts[]>) =>
	syncRepositories({
		github: { listRepositories },
		store: createGithubStore(database.db),
		newId: randomUUID,
		log: pino({ level: "silent" }),
	});
const read = () =>
	database.db
		.selectFrom("repositories")
		.selectAll()
		.where("removed_at", "is", null)
		.orderBy("github_id")
		.execute();

const repository = (
	githubId: number,
	name: string,
	more: Partial<RepositoryFacts> = {},
): RepositoryFacts => ({
	githubId,
	installationId: 1,
	owner: "acme",
	name,
	defaultBranch: "main",
	description: "",
	languages: [],
	topics: [],
	private: true,
	archived: false,
	sizeKib: 1,
	...more,
});

it("takes over GitHub's list and keeps what is ours", async () => {
	expect(await sync(async () => [repository(1, "one"), repository(2, "two")])).toEqual({
		added: 2,
		updated: 0,
		removed: 0,
	});
	await database.db
		.updateTable("repositories")
		.set({ hints: "the first", aliases: ["uno"] })
		.where("github_id", "=", 1)
		.execute();
	const before = await read();

	const changed = repository(1, "one", {
		description: "new",
		languages: ["Go"],
		topics: ["x"],
		archived: true,
	});
	expect(await sync(async () => [changed])).toEqual({ added: 0, updated: 1, removed: 1 });
	expect(await read()).toMatchObject([
		{
			id: before[0]?.id,
			description: "new",
			languages: ["Go"],
			topics: ["x"],
			archived: true,
			hints: "the first",
			aliases: ["uno"],
		},
	]);

	// What comes back is the same row: sessions refer to it.
	await sync(async () => [repository(1, "one"), repository(2, "two")]);
	expect((await read()).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
});

it("survives two repositories that swap names, and another one under an old name", async () => {
	await sync(async () => [repository(1, "two"), repository(2, "one")]);
	expect((await read()).map(({ github_id, name }) => [github_id, name])).toEqual([
		[1, "two"],
		[2, "one"],
	]);
	await sync(async () => [repository(3, "two"), repository(2, "one")]);
	expect((await read()).map(({ github_id, name }) => [github_id, name])).toEqual([
		[2, "one"],
		[3, "two"],
	]);
});

it("leaves everything as it is where GitHub cannot be read", async () => {
	const before = await read();
	const failing = sync(async () => {
		throw new AppError("github_unavailable", "not now", { retryable: true });
	});
	await expect(failing).rejects.toMatchObject({ code: "github_unavailable" });
	expect(await read()).toEqual(before);
});

it("fills the table from playground GitHub", async () => {
	const running = await startPlaygroundGithub();
	await sync(running.github.listRepositories);
	expect((await read()).map(({ owner, name }) => `${owner}/${name}`)).toEqual(["acme/shop", "acme/docs"]);
	await running.stop();
});

it("a start waits for no GitHub that is down, and asks again until it answers", async () => {
	const down = new AppError("github_unavailable", "GitHub did not answer.", { retryable: true });
	const answers = [down, down];
	const { promise: synced, resolve } = Promise.withResolvers<void>();
	const stop = await syncAtStart({
		sync: async () => {
			const trouble = answers.pop();
			if (trouble) throw trouble;
			resolve();
		},
		log: pino({ level: "silent" }),
		retryMs: 1,
	});
	expect(answers).toHaveLength(1);
	await synced;
	stop();
});

it("a start with credentials that GitHub refuses ends with GitHub's reason", async () => {
	const refused = new AppError("github_unauthorized", "GitHub did not take Bobbin's credentials.");
	await expect(
		syncAtStart({ sync: () => Promise.reject(refused), log: pino({ level: "silent" }) }),
	).rejects.toBe(refused);
});
