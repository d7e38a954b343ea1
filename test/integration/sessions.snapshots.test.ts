import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { SandboxError } from "../../sandbox/provider.ts";
import { snapshotSessionJob } from "../../src/jobs/queue.ts";
import { defineTask } from "../../src/jobs/worker.ts";
import { deleteIdleSandboxes } from "../../src/sessions/sandbox/delete-idle-sandboxes.ts";
import { createSnapshotSession, type SnapshotOutcome } from "../../src/sessions/sandbox/snapshot-session.ts";
import { stopIdleSandboxes } from "../../src/sessions/sandbox/stop-idle-sandboxes.ts";
import { sweepSnapshots } from "../../src/sessions/sandbox/sweep-snapshots.ts";
import { createFakeAgent, createFakeSandboxes } from "../harness/run-edges.ts";
import { runPrompts } from "../harness/run-prompts.ts";
import { aPerson, aPrompt, aRepository, aThread, waitForEvent } from "../harness/sessions.ts";
import { type StartedCore, startCore } from "../harness/start-core.ts";

const HOUR_MS = 60 * 60_000;
const WORK = "/home/agent/repo/cart.js";
const routing = { how: "picked" as const, reason: "picked", confidence: null };
const never = new AbortController().signal;
const bytes = (text: string) => new TextEncoder().encode(text);

let core: StartedCore;
let authorId: string;
let fakes: ReturnType<typeof createFakes>;

function createFakes() {
	const tried: (SnapshotOutcome & { sessionId: string })[] = [];
	return { ...createFakeSandboxes(), agent: createFakeAgent(), tried };
}

function deps(nowMs = Date.now) {
	const { sandboxes } = fakes;
	const newToken = () => `token-${core.newId()}`;
	const { log, newId } = core;
	return { db: core.database.db, enqueue: core.jobs.enqueue, sandboxes, log, now: nowMs, newId, newToken };
}

const snapshotSession = (sessionId: string, reason: "turn" | "stop" | "delete" = "turn") =>
	createSnapshotSession(deps())({ sessionId, reason, signal: never });

beforeAll(async () => {
	core = await startCore();
	const outside = () => ({ sandboxes: fakes.sandboxes, connectAgent: fakes.agent.connectAgent });
	await runPrompts(core, outside, [
		defineTask(snapshotSessionJob, async ({ sessionId, reason }, { signal }) => {
			const { tried } = fakes;
			tried.push({ ...(await createSnapshotSession(deps())({ sessionId, reason, signal })), sessionId });
		}),
	]);
	authorId = await aPerson(core);
});

beforeEach(() => {
	fakes = createFakes();
});

afterAll(() => core.stop());

/** A session on a repository; each `turn` plays one prompt to its end and what follows it in the background. */
async function aSession() {
	const thread = aThread();
	const repository = await aRepository(core.database);
	let sessionId = "";
	const send = async (text: string) => {
		const accepted = await core.sessions.acceptThreadPrompt({ thread, prompt: aPrompt(authorId, { text }) });
		if (sessionId === "") {
			sessionId = accepted.sessionId;
			await core.sessions.chooseRepository({
				sessionId,
				personId: null,
				repositoryId: repository.id,
				routing,
			});
		}
		return accepted.promptId;
	};
	const ended = (promptId: string) =>
		waitForEvent(core, sessionId, (e) => e.type === "prompt.finished" && e.data.promptId === promptId);
	const tries = () => fakes.tried.filter((one) => one.sessionId === sessionId);
	return {
		repository,
		id: () => sessionId,
		send,
		ended,
		async turn(text: string, writes: string | null = null) {
			const before = tries().length;
			fakes.agent.state.script = async ({ prompt: { promptId } }, emit) => {
				if (writes !== null) {
					fakes.made.get(await sandboxName())?.files.set(WORK, bytes(writes));
					const file = {
						path: "cart.js",
						change: "changed" as const,
						additions: 1,
						deletions: 0,
						diff: null,
					};
					emit({ type: "file.changed", data: { promptId, file } });
				}
				return { outcome: "done", answer: `Answer to ${text}` };
			};
			await ended(await send(text));
			// A turn that came behind it may have been tried by then too.
			await expect.poll(() => tries().length).toBeGreaterThan(before);
			return tries()[before]?.outcome;
		},
		tries,
		sandboxName,
	};
	async function sandboxName() {
		const row = await core.database.db
			.selectFrom("sandboxes")
			.select("name")
			.where("session_id", "=", sessionId)
			.where("deleted_at", "is", null)
			.executeTakeFirst();
		return row?.name ?? "none";
	}
}

const readWork = (name: string) => {
	const file = fakes.made.get(name)?.files.get(WORK);
	return file ? new TextDecoder().decode(file) : null;
};
const lastContext = () => fakes.agent.sent.at(-1)?.prompt.context ?? "";
const states = async (sessionId: string) =>
	(
		await core.database.db
			.selectFrom("session_snapshots")
			.select("state")
			.where("session_id", "=", sessionId)
			.orderBy("created_at")
			.execute()
	).map((row) => row.state);
const endedHoursAgo = (sessionId: string, hours: number) =>
	core.database.db
		.updateTable("prompts")
		.set({ finished_at: new Date(Date.now() - hours * HOUR_MS) })
		.where("session_id", "=", sessionId)
		.execute();

describe("after a turn", () => {
	it("that changed files a snapshot is kept, and the newest one only", async () => {
		const session = await aSession();
		expect(await session.turn("one", "1")).toBe("taken");
		expect(fakes.state.touches).toBe(1);
		const prefix = session.id().slice(0, 8);
		expect([...fakes.snapshots.keys()]).toEqual([`bobbin-session-${prefix}-1`]);
		expect(await session.turn("what is this?")).toBe("unchanged");
		expect(await session.turn("two", "2")).toBe("taken");
		expect([...fakes.snapshots.keys()]).toEqual([`bobbin-session-${prefix}-2`]);
		expect(await states(session.id())).toEqual(["deleted", "ready"]);
	});

	it("the next prompt runs while the snapshot is being taken", async () => {
		const release = Promise.withResolvers<void>();
		const begun = Promise.withResolvers<void>();
		fakes.state.beforeSnapshot = () => {
			begun.resolve();
			return release.promise;
		};
		const session = await aSession();
		const first = session.turn("one", "1");
		await begun.promise;
		const next = await session.send("two");
		await session.ended(next);
		expect(await states(session.id())).toEqual(["taking"]);
		release.resolve();
		await first;
		await expect.poll(() => states(session.id())).toContain("ready");
	});
});

describe("a sandbox that went away", () => {
	it.each([
		["was deleted", () => fakes.made.clear()],
		[
			"is broken for good",
			() => {
				for (const { info } of fakes.made.values()) info.state = "error";
			},
		],
	])("because it %s is restored in one step: files, branch, conversation", async (_why, lose) => {
		const session = await aSession();
		await session.turn("one", "uncommitted");
		const cloned = fakes.executed.length;
		lose();
		await session.turn("two");
		const name = await session.sandboxName();
		expect(name).toBe(`bobbin-${session.id().slice(0, 8)}-2`);
		expect([...fakes.made.keys()]).toEqual([name]);
		expect(readWork(name)).toBe("uncommitted");
		expect(fakes.executed.slice(cloned).join("\n")).not.toContain("'fresh'");
		expect(fakes.agent.sent.map(({ conversationId }) => conversationId)).toEqual([
			"conversation-1",
			"conversation-1",
		]);
		expect(lastContext()).not.toContain("Answer to one");
		const row = await core.database.db
			.selectFrom("prompts")
			.select("startup")
			.where("session_id", "=", session.id())
			.where("number", "=", 2)
			.executeTakeFirst();
		expect(row?.startup).toMatchObject({ sandbox: "restored" });
	});

	it("after turns that no snapshot holds tells its agent of them, once", async () => {
		const session = await aSession();
		await session.turn("one", "1");
		await session.turn("what is this?");
		fakes.made.clear();
		await session.turn("three");
		expect(lastContext()).toContain("Answer to what is this?");
		expect(lastContext()).not.toContain("Answer to one");
		expect(lastContext()).not.toContain("bobbin/wip");
		await session.turn("four");
		expect(lastContext()).not.toContain("Answer to what is this?");
	});

	it("with its snapshots is made anew, and its agent is told of all turns and of a branch with their work", async () => {
		const session = await aSession();
		fakes.state.beforeSnapshot = () => Promise.reject(new SandboxError("quota", "no room"));
		await session.turn("zero", "0");
		fakes.state.beforeSnapshot = async () => {};
		await session.turn("one", "1");
		fakes.made.clear();
		fakes.snapshots.clear();
		await session.turn("two");
		expect(readWork(await session.sandboxName())).toBeNull();
		expect(lastContext()).toContain("Answer to zero");
		expect(lastContext()).toContain("Answer to one");
		expect(lastContext()).toContain(`bobbin/wip/${session.id().slice(0, 8)}`);
		expect((await states(session.id())).slice(0, 2)).toEqual(["failed", "deleted"]);
	});

	it("is not given up for a failure that may pass, however broken it looks", async () => {
		const session = await aSession();
		await session.turn("one", "1");
		const name = await session.sandboxName();
		const sandbox = fakes.made.get(name);
		if (sandbox) sandbox.info.state = "error";
		const { ensureStarted } = fakes.sandboxes;
		fakes.sandboxes.ensureStarted = () =>
			Promise.reject(new SandboxError("timeout", "not now", { retryable: true }));
		await session.ended(await session.send("two"));
		fakes.sandboxes.ensureStarted = ensureStarted;
		if (sandbox) sandbox.info.state = "stopped";
		await session.turn("three");
		expect([...fakes.made.keys()]).toEqual([name]);
	});

	it("is not taken for lost when the provider does not answer", async () => {
		const session = await aSession();
		await session.turn("one", "1");
		const { get } = fakes.sandboxes;
		fakes.sandboxes.get = () => Promise.reject(new SandboxError("unavailable", "not now"));
		await session.ended(await session.send("two"));
		fakes.sandboxes.get = get;
		await session.turn("three");
		const { prompts } = await core.sessions.view(session.id());
		expect(prompts.map((prompt) => prompt.problem?.code ?? prompt.status)).toEqual([
			"done",
			"sandbox_unavailable",
			"done",
		]);
		expect(fakes.state.creates).toBe(1);
	});
});

describe("where a session's sandbox comes from", () => {
	async function aWarmOne(repositoryId: string, name: string) {
		await fakes.sandboxes.create({ name });
		const row = { provider: "fake", name, provider_id: name, state: "warm" as const, branch: "main" };
		const id = core.newId();
		await core.database.db
			.insertInto("sandboxes")
			.values({ id, repository_id: repositoryId, ...row, token_hash: core.newId(), cloned_at: new Date() })
			.execute();
	}
	const cameFrom = async (sessionId: string) =>
		(
			await core.database.db
				.selectFrom("prompts")
				.select("startup")
				.where("session_id", "=", sessionId)
				.orderBy("number")
				.execute()
		).map(({ startup }) => startup?.sandbox);

	it("is warm before new, its own before warm, stopped or running, and its snapshot before warm", async () => {
		const session = await aSession();
		await aWarmOne(session.repository.id, `warm-a-${session.repository.name}`);
		await session.turn("one", "1");
		await session.turn("two");
		await fakes.sandboxes.stop(await session.sandboxName());
		await session.turn("three");
		await aWarmOne(session.repository.id, `warm-b-${session.repository.name}`);
		fakes.made.delete(await session.sandboxName());
		await session.turn("four");
		expect(await cameFrom(session.id())).toEqual(["warm", "running", "stopped", "restored"]);
	});

	it.each([
		["is gone", (name: string) => void fakes.made.delete(name)],
		[
			"does not start",
			(name: string) => {
				const sandbox = fakes.made.get(name);
				if (sandbox) sandbox.info.state = "error";
			},
		],
		[
			"does not answer",
			(name: string) => {
				const { readFile } = fakes.sandboxes;
				fakes.sandboxes.readFile = (id, path) =>
					id === name ? Promise.reject(new SandboxError("unavailable", "no answer")) : readFile(id, path);
			},
		],
	])("is a new one where the warm one %s, and the prompt does not fail", async (_why, spoil) => {
		const session = await aSession();
		const name = `warm-${session.repository.name}`;
		await aWarmOne(session.repository.id, name);
		spoil(name);
		await session.turn("one");
		expect(await cameFrom(session.id())).toEqual(["empty"]);
		await expect.poll(() => [...fakes.made.keys()]).toEqual([`bobbin-${session.id().slice(0, 8)}-2`]);
	});

	it("is the newest image of its repository", async () => {
		const session = await aSession();
		const id = core.newId();
		const snapshot = `bobbin-image-${id.slice(0, 8)}`;
		fakes.snapshots.set(snapshot, { files: new Map([[WORK, bytes("built")]]), createdAt: new Date() });
		const image = { commit_sha: "c", recipe: "{}", recipe_hash: "h", reason: "asked" as const };
		await core.database.db
			.insertInto("images")
			.values({
				id,
				repository_id: session.repository.id,
				provider: "fake",
				snapshot,
				...image,
				state: "ready",
			})
			.execute();
		await session.turn("one");
		expect(await cameFrom(session.id())).toEqual(["image"]);
		expect(readWork(await session.sandboxName())).toBe("built");
	});

	it("has a name of its own also where another session's id begins alike", async () => {
		const session = await aSession();
		const send = session.send("one");
		const promptId = await send;
		const id = session.id();
		await session.ended(promptId);
		expect(await session.sandboxName()).toBe(`bobbin-${id.slice(0, 8)}-1`);
		const row = { provider: "fake", state: "lost" as const, deleted_at: new Date() };
		await core.database.db
			.insertInto("sandboxes")
			.values({ id: core.newId(), name: `bobbin-${id.slice(0, 8)}-2`, ...row, token_hash: core.newId() })
			.execute();
		fakes.made.clear();
		await session.turn("two", "2");
		expect(await session.sandboxName()).toBe(`bobbin-${id.slice(0, 13)}-2`);
	});
});

describe("a sandbox with nothing to do", () => {
	const stop = (nowMs = Date.now) => stopIdleSandboxes(deps(nowMs), HOUR_MS);
	const remove = (nowMs = Date.now) => deleteIdleSandboxes(deps(nowMs), 72 * HOUR_MS);

	it("gets another token after a stop, and goes on with its files", async () => {
		const session = await aSession();
		await session.turn("one", "1");
		const name = await session.sandboxName();
		const tokenOf = () => new TextDecoder().decode(fakes.made.get(name)?.files.get("/run/secrets/token"));
		const before = tokenOf();
		await endedHoursAgo(session.id(), 2);
		expect(await stop()).toEqual({ stopped: 1 });
		await session.turn("two");
		expect(readWork(name)).toBe("1");
		expect(tokenOf()).not.toBe(before);
	});

	it("is deleted only once a snapshot holds its last turn, and a follow-up has all of it", async () => {
		const session = await aSession();
		await session.turn("one", "1");
		await session.turn("what is this?");
		await endedHoursAgo(session.id(), 73);
		expect(await remove()).toEqual({ deleted: 0 });
		await expect.poll(() => session.tries().length).toBe(3);
		expect(await remove()).toEqual({ deleted: 1 });
		expect(fakes.made.size).toBe(0);
		expect(await remove()).toEqual({ deleted: 0 });
		await session.turn("three");
		expect(readWork(await session.sandboxName())).toBe("1");
		expect(lastContext()).not.toContain("Answer to");
	});

	it("stays if the provider has lost the snapshot", async () => {
		const session = await aSession();
		await session.turn("one", "1");
		fakes.snapshots.clear();
		await endedHoursAgo(session.id(), 73);
		expect(await remove()).toEqual({ deleted: 0 });
		await expect.poll(() => session.tries().length).toBe(2);
		expect(await remove()).toEqual({ deleted: 1 });
	});

	it("stays while no snapshot can be taken, and the provider is not asked again and again", async () => {
		const session = await aSession();
		fakes.state.beforeSnapshot = () => Promise.reject(new SandboxError("disk_full", "full"));
		await session.turn("one", "1");
		await endedHoursAgo(session.id(), 73);
		for (let round = 0; round < 3; round++) expect(await remove()).toEqual({ deleted: 0 });
		expect(session.tries()).toHaveLength(1);
		expect(await remove(() => Date.now() + HOUR_MS)).toEqual({ deleted: 0 });
		await expect.poll(() => session.tries().length).toBe(2);
		expect(readWork(await session.sandboxName())).toBe("1");
	});
});

describe("a snapshot that cannot be taken", () => {
	it("has the work pushed to a branch, and says so once", async () => {
		const session = await aSession();
		fakes.state.beforeSnapshot = () => Promise.reject(new SandboxError("quota", "no room"));
		expect(await session.turn("one", "1")).toBe("failed");
		expect(await session.turn("two", "2")).toBe("failed");
		const branch = `bobbin/wip/${session.id().slice(0, 8)}`;
		const saves = fakes.executed.filter((command) => command.includes("save-work.sh"));
		expect(saves).toEqual(
			Array(2).fill(`sh '/opt/bobbin/guest/save-work.sh' '/home/agent/repo' '${branch}'`),
		);
		const told = (await core.sessions.readEvents({ sessionId: session.id(), afterSeq: 0 })).filter(
			(event) => event.type === "work.saved",
		);
		expect(told.map(({ data }) => data)).toMatchObject([{ branch, problem: { code: "sandbox_quota" } }]);
		expect((await core.sessions.view(session.id())).savedBranch).toBe(branch);
		fakes.state.beforeSnapshot = async () => {};
		expect(await session.turn("three", "3")).toBe("taken");
		expect(await states(session.id())).toEqual(["failed", "failed", "ready"]);
	});

	it("says nothing where nothing had to be saved", async () => {
		const session = await aSession();
		fakes.state.beforeSnapshot = () => Promise.reject(new SandboxError("quota", "no room"));
		fakes.state.onExec = async (command) => (command.includes("save-work.sh") ? 3 : 0);
		expect(await session.turn("one", "1")).toBe("failed");
		expect((await core.sessions.view(session.id())).savedBranch).toBeNull();
	});

	it("leaves a stopped sandbox stopped", async () => {
		const session = await aSession();
		fakes.state.beforeSnapshot = () => Promise.reject(new SandboxError("quota", "no room"));
		fakes.state.onExec = async (command) => (command.includes("save-work.sh") ? 1 : 0);
		await session.turn("one", "1");
		const name = await session.sandboxName();
		await fakes.sandboxes.stop(name);
		fakes.state.onExec = async () => 0;
		expect(await snapshotSession(session.id(), "stop")).toMatchObject({ outcome: "failed" });
		expect(fakes.made.get(name)?.info.state).toBe("stopped");
		expect((await core.sessions.view(session.id())).savedBranch).toMatch(/^bobbin\/wip\//);
	});
});

describe("what a killed instance left", () => {
	it("is finished where the provider has the snapshot, and begun anew where it has not", async () => {
		const session = await aSession();
		fakes.state.beforeSnapshot = () => Promise.reject(new SandboxError("quota", "no room"));
		await session.turn("one", "1");
		fakes.state.beforeSnapshot = async () => {};
		const leave = () =>
			core.database.db
				.updateTable("session_snapshots")
				.set({ state: "taking" })
				.where("session_id", "=", session.id())
				.execute();
		await leave();
		expect(await snapshotSession(session.id())).toMatchObject({ outcome: "taken" });
		expect(await states(session.id())).toEqual(["failed", "ready"]);
		const [name] = fakes.snapshots.keys();
		await core.database.db
			.updateTable("session_snapshots")
			.set({ state: "taking" })
			.where("name", "=", `${name}`)
			.execute();
		expect(await snapshotSession(session.id())).toEqual({ outcome: "unchanged" });
		expect(await states(session.id())).toEqual(["failed", "ready"]);
		expect([...fakes.snapshots.keys()]).toEqual([name]);
	});

	it("that was taken stays where the database goes away right after it, and the next call finds it", async () => {
		const session = await aSession();
		await session.turn("one");
		let isAway = false;
		fakes.state.beforeSnapshot = async () => {
			isAway = true;
		};
		const name = await session.sandboxName();
		fakes.made.get(name)?.files.set(WORK, bytes("1"));
		const { db } = core.database;
		/** What comes after the row that says it was taken is not answered any more. */
		const cut = new Proxy(db, {
			get(target, key) {
				if (key === "selectFrom" && isAway) throw new Error("Connection terminated unexpectedly");
				const value = Reflect.get(target, key, target);
				return typeof value === "function" ? value.bind(target) : value;
			},
		});
		const take = (through: typeof db) =>
			createSnapshotSession({ ...deps(), db: through })({
				...{ sessionId: session.id(), reason: "delete", signal: never },
			});
		await expect(take(cut)).rejects.toThrow("Connection terminated");
		expect(await take(db)).toEqual({ outcome: "unchanged" });
		const rows = await db
			.selectFrom("session_snapshots")
			.select(["name", "state"])
			.where("session_id", "=", session.id())
			.execute();
		expect(rows).toEqual([{ name: [...fakes.snapshots.keys()][0], state: "ready" }]);
	});

	it("of a restored sandbox is taken up: made once, with its branch", async () => {
		const session = await aSession();
		await session.turn("one", "1");
		const [snapshot = ""] = fakes.snapshots.keys();
		const before = await session.sandboxName();
		const { branch } = await core.database.db
			.updateTable("sandboxes")
			.set({ state: "lost", deleted_at: new Date() })
			.where("name", "=", before)
			.returning("branch")
			.executeTakeFirstOrThrow();
		fakes.made.clear();
		// It was killed after the provider had made the sandbox and before that was written down.
		const name = `bobbin-${session.id().slice(0, 8)}-2`;
		const row = { session_id: session.id(), repository_id: session.repository.id, provider: "fake", name };
		await core.database.db
			.insertInto("sandboxes")
			.values({ ...row, id: core.newId(), state: "creating", token_hash: core.newId() })
			.execute();
		await fakes.sandboxes.create({ name, snapshot });
		await session.turn("two");
		expect([...fakes.made.keys()]).toEqual([name]);
		expect(readWork(name)).toBe("1");
		const after = await core.database.db
			.selectFrom("sandboxes")
			.select(["branch", "state"])
			.where("name", "=", name)
			.executeTakeFirst();
		expect(after).toEqual({ branch, state: "ready" });
	});

	it("is swept away after an hour, and nothing else", async () => {
		const session = await aSession();
		await session.turn("one", "1");
		const [kept = ""] = fakes.snapshots.keys();
		const prefix = session.id().slice(0, 8);
		const put = (name: string, hoursAgo: number) =>
			fakes.snapshots.set(name, { files: new Map(), createdAt: new Date(Date.now() - hoursAgo * HOUR_MS) });
		put(kept, 5);
		put(`bobbin-session-${prefix}-7`, 2);
		put(`bobbin-session-${prefix}-8`, 0.5);
		put("bobbin-session-ffffffff-1", 2);
		put("bobbin-image-ffffffff", 2);
		expect(await sweepSnapshots(deps())).toEqual({ deleted: 1 });
		expect([...fakes.snapshots.keys()]).toEqual([
			kept,
			`bobbin-session-${prefix}-8`,
			"bobbin-session-ffffffff-1",
			"bobbin-image-ffffffff",
		]);
	});
});
