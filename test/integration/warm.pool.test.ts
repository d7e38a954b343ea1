import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { SandboxError } from "../../sandbox/provider.ts";
import { claimWarmSandbox, ringPool } from "../../src/sessions/sandbox/warm-claim-store.ts";
import { createPoolKeeper, type PoolKeeper } from "../../src/warm/keep-pool.ts";
import type { PoolDeps } from "../../src/warm/ports.ts";
import { createWarm } from "../../src/warm/warm.ts";
import { createFakeSandboxes } from "../harness/run-edges.ts";
import { aPerson, aPrompt, aRepository, aThread } from "../harness/sessions.ts";
import { type StartedCore, startCore } from "../harness/start-core.ts";
import { type TableWatch, watchTable } from "../harness/table-watch.ts";

const MINUTE_MS = 60_000;
const LIMITS = {
	sandboxes: 2,
	memoryMiB: null,
	usdPerHour: null,
	each: { memoryMiB: 600, usdPerHour: 0 },
	makingAtOnce: 1,
};

let core: StartedCore;
let authorId: string;
let table: TableWatch;
let provider: string;
let keepers: PoolKeeper[];

beforeAll(async () => {
	core = await startCore();
	authorId = await aPerson(core);
	table = await watchTable(core.database, "sandboxes");
});

afterAll(async () => {
	await table.stop();
	await core.stop();
});

beforeEach(() => {
	// Each test has a pool of its own.
	provider = `fake-${randomUUID()}`;
	keepers = [];
});

afterEach(async () => {
	await Promise.all(keepers.map((keeper) => keeper.stop()));
	await core.database.db.deleteFrom("instances").execute();
	await core.database.db
		.updateTable("sessions")
		.set({ created_at: new Date(0) } as never)
		.execute();
});

function createFakes() {
	const { sandboxes, made, state, executed } = createFakeSandboxes();
	const agent = {
		/** Names of the sandboxes whose agent does not answer. */
		silent: new Set<string>(),
		/** Names of those that were warmed up, or were to be. */
		warmed: [] as string[],
		onWarmUp: async (_name: string) => {},
	};
	const deps: PoolDeps = {
		database: core.database,
		sandboxes: { ...sandboxes, name: provider },
		connectAgent: async ({ sandbox }) => {
			if (agent.silent.has(sandbox.name)) throw new SandboxError("unavailable", "It does not answer.");
			return {
				async warmUp() {
					agent.warmed.push(sandbox.name);
					await agent.onWarmUp(sandbox.name);
				},
				close: async () => {},
			};
		},
		limits: LIMITS,
		instanceId: core.instanceId,
		log: core.log,
		now: Date.now,
		newId: randomUUID,
		newToken: randomUUID,
	};
	return { deps, sandboxes, made, state, executed, agent };
}

async function keep(deps: PoolDeps): Promise<PoolKeeper> {
	const keeper = createPoolKeeper(deps);
	keepers.push(keeper);
	await keeper.start();
	return keeper;
}

async function aUsedRepository(begunAgoMs = 5 * MINUTE_MS): Promise<string> {
	const { id } = await aRepository(core.database);
	const sessionId = await aSession();
	await core.database.db
		.updateTable("sessions")
		.set({ repository_id: id, created_at: new Date(Date.now() - begunAgoMs) } as never)
		.where("id", "=", sessionId)
		.execute();
	return id;
}

async function aSession(): Promise<string> {
	const prompt = aPrompt(authorId);
	return (await core.sessions.acceptThreadPrompt({ thread: aThread(), prompt })).sessionId;
}

function readEntries() {
	return core.database.db
		.selectFrom("sandboxes")
		.selectAll()
		.where("provider", "=", provider)
		.orderBy("created_at")
		.execute();
}

type Entry = Awaited<ReturnType<typeof readEntries>>[number];

function untilEntries(what: string, matches: (entries: Entry[]) => boolean): Promise<Entry[]> {
	return table.until(what, async () => {
		const entries = await readEntries();
		return matches(entries) ? entries : undefined;
	});
}

const isWarm = ({ state }: Entry) => state === "warm";

it("fills the pool of a repository in use, and claims are replaced", async () => {
	const repositoryId = await aUsedRepository();
	const fakes = createFakes();
	await keep(fakes.deps);
	const [first] = await untilEntries("a warm one", (entries) => entries.some(isWarm));
	expect(first).toMatchObject({ repository_id: repositoryId, session_id: null, branch: "main" });
	expect(first?.warmed_at).not.toBeNull();
	expect(fakes.agent.warmed).toHaveLength(1);

	const sessionId = await aSession();
	const claimed = await claimWarmSandbox(core.database.db, { sessionId, repositoryId, provider });
	expect(claimed?.id).toBe(first?.id);
	const entries = await untilEntries("its successor", (all) => all.some((one) => isWarm(one)));
	expect(entries).toHaveLength(2);
	expect(entries.find(({ id }) => id === first?.id)).toMatchObject({ state: "ready", session_id: sessionId });
});

it("makes one at once for a hint, and marks the hint as hit when a session comes", async () => {
	const { id: repositoryId } = await aRepository(core.database);
	const fakes = createFakes();
	const warm = createWarm({
		...fakes.deps,
		access: core.access,
		guessRepository: () => ({ outcome: "open" }),
	});
	keepers.push(warm);
	await warm.start();
	const hint = { repositoryId, personId: authorId, source: "typing" as const };
	expect(await warm.hint(hint)).toEqual({ outcome: "made" });
	await untilEntries("a warm one", (entries) => entries.some(isWarm));
	expect(await warm.hint(hint)).toEqual({ outcome: "present" });

	const sessionId = await aSession();
	await claimWarmSandbox(core.database.db, { sessionId, repositoryId, provider });
	const hits = await core.database.db
		.selectFrom("warm_hints")
		.select(["outcome", "session_id"])
		.where("repository_id", "=", repositoryId)
		.orderBy("at")
		.execute();
	expect(hits).toEqual([
		{ outcome: "made", session_id: sessionId },
		{ outcome: "present", session_id: sessionId },
	]);
});

it("hands one over to a session that came while it was being made, and warms it no further", async () => {
	const repositoryId = await aUsedRepository();
	const fakes = createFakes();
	const cloning = Promise.withResolvers<number>();
	fakes.state.onExec = () => cloning.promise;
	await keep(fakes.deps);
	await untilEntries("one under way", (entries) => entries.some(({ state }) => state === "warming"));
	const sessionId = await aSession();
	const claimed = await claimWarmSandbox(core.database.db, { sessionId, repositoryId, provider });
	expect(claimed?.state).toBe("warming");
	cloning.resolve(0);
	const [entry] = await untilEntries("the session's", (all) => all.some(({ state }) => state === "ready"));
	expect(entry).toMatchObject({ id: claimed?.id, session_id: sessionId });
	expect(entry?.warmed_at).not.toBeNull();
	expect(fakes.agent.warmed).not.toContain(entry?.name);
});

it("replaces what is older than a new image, first the new one, then the old one goes", async () => {
	const repositoryId = await aUsedRepository();
	const fakes = createFakes();
	await keep(fakes.deps);
	const [older] = await untilEntries("a warm one", (entries) => entries.some(isWarm));
	const [imageId, snapshot] = [randomUUID(), `image-${randomUUID()}`];
	await fakes.sandboxes.snapshot(older?.name ?? "", snapshot);
	await core.database.db
		.insertInto("images")
		.values({
			id: imageId,
			repository_id: repositoryId,
			provider,
			snapshot,
			commit_sha: "0".repeat(40),
			recipe: "{}",
			recipe_hash: "",
			reason: "schedule",
			state: "ready",
		})
		.execute();
	await ringPool(core.database.db);
	const both = await untilEntries("the new one", (all) =>
		all.some((one) => one.image_id === imageId && isWarm(one)),
	);
	expect(both).toHaveLength(2);
	const entries = await untilEntries("the old one's end", (all) =>
		all.some(({ state }) => state === "deleted"),
	);
	expect(entries.map(({ id, state }) => [id, state])).toEqual([
		[older?.id, "deleted"],
		[both[1]?.id, "warm"],
	]);
	expect([...fakes.made.values()].map(({ info }) => info.snapshot)).toEqual([snapshot]);
});

it("replaces one that does not answer any more", async () => {
	await aUsedRepository();
	const fakes = createFakes();
	const first = await keep(fakes.deps);
	const [broken] = await untilEntries("a warm one", (entries) => entries.some(isWarm));
	fakes.agent.silent.add(broken?.name ?? "");
	// The next keeper looks at everything first.
	await core.database.db
		.insertInto("instances")
		.values({ id: "other" } as never)
		.execute();
	await first.stop();
	await keep(fakes.deps);
	const entries = await untilEntries("another one", (all) =>
		all.some((one) => isWarm(one) && one.id !== broken?.id),
	);
	expect(entries.find(({ id }) => id === broken?.id)).toMatchObject({ state: "deleted" });
	expect([...fakes.made.keys()]).toEqual(entries.filter(isWarm).map(({ name }) => name));
});

it("deletes what a dead keeper was making, and frees a session that waits for one", async () => {
	await aUsedRepository();
	const repository = await aRepository(core.database);
	const sessionId = await aSession();
	const fakes = createFakes();
	const rows = [
		{ id: randomUUID(), session_id: null },
		{ id: randomUUID(), session_id: sessionId },
	];
	for (const { id, session_id } of rows) {
		const name = `bobbin-warm-${id}`;
		await fakes.deps.sandboxes.create({ name });
		await core.database.db
			.insertInto("sandboxes")
			.values({
				id,
				session_id,
				name,
				provider,
				repository_id: repository.id,
				state: "warming",
				token_hash: id,
			})
			.execute();
	}
	await keep(fakes.deps);
	const entries = await untilEntries("a warm one", (all) => all.some(isWarm));
	expect(entries.find(({ id }) => id === rows[0]?.id)).toMatchObject({ state: "deleted" });
	expect(entries.find(({ id }) => id === rows[1]?.id)).toMatchObject({ state: "lost", deleted_at: null });
	expect(fakes.made.has(`bobbin-warm-${rows[0]?.id}`)).toBe(false);
});

it("leaves nothing of one that could not be made, and pauses before the next", async () => {
	await aUsedRepository();
	const fakes = createFakes();
	fakes.agent.onWarmUp = async () => {
		throw new Error("no warmth");
	};
	await keep(fakes.deps);
	const entries = await untilEntries("the end of it", (all) => all.some(({ state }) => state === "deleted"));
	expect(entries).toHaveLength(1);
	expect(fakes.made.size).toBe(0);
	expect(fakes.agent.warmed).toHaveLength(1);
});

it("says of a hint that its sandbox could not be made, and does not try again for it", async () => {
	const { id: repositoryId } = await aRepository(core.database);
	const fakes = createFakes();
	fakes.state.onExec = async () => 11;
	const warm = createWarm({
		...fakes.deps,
		access: core.access,
		guessRepository: () => ({ outcome: "open" }),
	});
	keepers.push(warm);
	await warm.start();
	expect(await warm.hint({ repositoryId, personId: authorId, source: "home" })).toEqual({ outcome: "made" });
	const entries = await untilEntries("the end of it", (all) => all.some(({ state }) => state === "deleted"));
	const hints = core.database.db.selectFrom("warm_hints").select(["outcome", "sandbox_id"]);
	expect(await hints.where("repository_id", "=", repositoryId).execute()).toEqual([
		{ outcome: "failed", sandbox_id: entries[0]?.id },
	]);
	expect(entries).toHaveLength(1);
});

it("keeps on after its connection was cut", async () => {
	const repositoryId = await aUsedRepository();
	const fakes = createFakes();
	await keep(fakes.deps);
	const [first] = await untilEntries("a warm one", (entries) => entries.some(isWarm));
	await core.database.pool.query(
		`select pg_terminate_backend(l.pid) from pg_locks l join pg_database d on d.oid = l.database
		 where l.locktype = 'advisory' and l.classid = 4243 and l.granted and d.datname = current_database()`,
	);
	const sessionId = await aSession();
	const claimed = await claimWarmSandbox(core.database.db, { sessionId, repositoryId, provider });
	expect(claimed?.id).toBe(first?.id);
	await untilEntries("its successor", (all) => all.some(isWarm));
});

it("has one keeper at a time, and the next goes on when it stops", async () => {
	await aUsedRepository();
	const [one, two] = [createFakes(), createFakes()];
	await core.database.db
		.insertInto("instances")
		.values({ id: "other" } as never)
		.execute();
	const first = await keep(one.deps);
	await untilEntries("a warm one", (entries) => entries.some(isWarm));
	const second = await keep({ ...two.deps, sandboxes: one.deps.sandboxes });
	const repositoryId = await aUsedRepository();
	await first.stop();
	await core.database.pool.query("select pg_notify('warm_pool', '')");
	const entries = await untilEntries("another", (all) => all.filter(isWarm).length === 2);
	expect(entries.filter(isWarm).filter(({ repository_id }) => repository_id === repositoryId)).toHaveLength(
		1,
	);
	await core.database.db.deleteFrom("instances").execute();
	await second.stop();
	expect((await readEntries()).filter(({ deleted_at }) => deleted_at === null)).toEqual([]);
	expect(one.made.size).toBe(0);
});

it("has nothing where it may have nothing, not even what was left", async () => {
	await aUsedRepository();
	const fakes = createFakes();
	await core.database.db
		.insertInto("instances")
		.values({ id: "other" } as never)
		.execute();
	const keeper = await keep(fakes.deps);
	await untilEntries("a warm one", (entries) => entries.some(isWarm));
	await keeper.stop();
	expect(fakes.made.size).toBe(1);
	await core.database.db.deleteFrom("instances").execute();
	await keep({ ...fakes.deps, limits: { ...LIMITS, sandboxes: 0 } });
	expect(fakes.made.size).toBe(0);
	const warm = createWarm({
		...fakes.deps,
		access: core.access,
		limits: { ...LIMITS, sandboxes: 0 },
		guessRepository: () => ({ outcome: "open" }),
	});
	const { id } = await aRepository(core.database);
	expect(await warm.hint({ repositoryId: id, personId: null, source: "api" })).toEqual({
		outcome: "refused",
		reason: "pool_off",
	});
});
