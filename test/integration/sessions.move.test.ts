import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { SandboxError } from "../../sandbox/provider.ts";
import { runPromptJob } from "../../src/jobs/queue.ts";
import { createSnapshotSessionTask } from "../../src/jobs/tasks/snapshot-session.ts";
import type { Task } from "../../src/jobs/worker.ts";
import type { Access } from "../../src/people/access.ts";
import { createMoveSession } from "../../src/sessions/routing/move-session.ts";
import { listLiveSandboxNames } from "../../src/sessions/sandbox/sandbox-store.ts";
import { worksIn } from "../../src/sessions/session-store.ts";
import { openAccess } from "../harness/open-access.ts";
import { createFakeAgent, createFakeSandboxes } from "../harness/run-edges.ts";
import { runPrompts } from "../harness/run-prompts.ts";
import { aPerson, aPrompt, aRepository, aThread, waitForEvent } from "../harness/sessions.ts";
import { type StartedCore, startCore } from "../harness/start-core.ts";

let core: StartedCore;
let mia: string;
let fakes: ReturnType<typeof createFakes>;
let snapshotTask: Task;
const routing = { how: "model" as const, reason: "My guess: it fits.", confidence: 0.8 };

function createFakes() {
	return { ...createFakeSandboxes(), agent: createFakeAgent() };
}

beforeAll(async () => {
	core = await startCore();
	// The fakes change with each test.
	const provider = new Proxy({} as Parameters<typeof createSnapshotSessionTask>[0]["provider"], {
		get: (_, key) => Reflect.get(fakes.sandboxes, key),
	});
	snapshotTask = createSnapshotSessionTask({
		...{ ...core, db: core.database.db, enqueue: core.jobs.enqueue, newToken: core.newId, provider },
	});
	const outside = () => ({ sandboxes: fakes.sandboxes, connectAgent: fakes.agent.connectAgent });
	await runPrompts(core, outside, [snapshotTask]);
	mia = await aPerson(core);
});

beforeEach(() => {
	fakes = createFakes();
});

afterAll(() => core.stop());

/** A session that was taken for `wrong`; its first prompt runs once `choose` is called. */
async function begin(texts = ["Fix the rounding of the ledger"]) {
	const thread = aThread();
	const prompts: string[] = [];
	let sessionId = "";
	for (const text of texts) {
		const taken = await core.sessions.acceptThreadPrompt({ thread, prompt: aPrompt(mia, { text }) });
		sessionId = taken.sessionId;
		prompts.push(taken.promptId);
	}
	const [wrong, right] = [await aRepository(core.database), await aRepository(core.database)];
	const choose = () =>
		core.sessions.chooseRepository({ sessionId, personId: mia, repositoryId: wrong.id, routing });
	const move = (repositoryId = right.id) =>
		core.sessions.moveSession({ sessionId, personId: mia, repositoryId });
	return { sessionId, prompts, thread, wrong, right, choose, move };
}

const moved = (sessionId: string) => waitForEvent(core, sessionId, ({ type }) => type === "repository.moved");
const ended = (sessionId: string, promptId: string, times = 1) => {
	let seen = 0;
	return waitForEvent(
		core,
		sessionId,
		(event) => event.type === "prompt.finished" && event.data.promptId === promptId && ++seen === times,
	);
};
const fullName = ({ owner, name }: { owner: string; name: string }) => `${owner}/${name}`;

/** Lets the agent begin; its turn lasts until it is aborted. */
function untilStopped() {
	const begun = Promise.withResolvers<void>();
	fakes.agent.state.script = () => {
		begun.resolve();
		return new Promise(() => {});
	};
	return begun.promise;
}

describe("a session that is moved", () => {
	it("stops its turn and begins it anew in the other repository, in a sandbox of its own", async () => {
		const { sessionId, prompts, wrong, right, choose, move } = await begin();
		const [promptId = ""] = prompts;
		const begun = untilStopped();
		await choose();
		await begun;
		const old = [...fakes.made.keys()];
		fakes.agent.state.script = async (_, emit) => {
			emit({ type: "text", data: { promptId, partId: "1", text: "Here." } });
			return { outcome: "done", answer: "Here." };
		};

		expect(await move()).toEqual({ outcome: "moving" });
		const event = await moved(sessionId);
		await ended(sessionId, promptId, 2);

		expect(event.data).toMatchObject({
			from: { repository: fullName(wrong) },
			to: { repositoryId: right.id, repository: fullName(right) },
			reason: `moved here from ${fullName(wrong)} by Mia`,
			promptId,
			isKept: true,
		});
		const view = await core.sessions.view(sessionId);
		expect(view).toMatchObject({
			repository: { fullName: fullName(right) },
			routing: { how: "picked" },
			movingTo: null,
			moves: [{ from: fullName(wrong), to: fullName(right), by: "Mia", promptId, isKept: true }],
		});
		expect(view.prompts).toMatchObject([{ status: "done", answer: "Here.", repository: fullName(right) }]);
		expect([...fakes.made.keys()]).toHaveLength(1);
		expect(fakes.made.has(old[0] ?? "")).toBe(false);
		expect(fakes.agent.aborted).toHaveLength(1);
		expect(fakes.agent.sent.map(({ attempt, prompt }) => [attempt, prompt.isAnew])).toEqual([
			[1, false],
			[2, true],
		]);
		const clones = fakes.executed.filter((command) => command.includes("sync.sh"));
		expect(clones.at(-1)).toContain(fullName(right));
	});

	it("is noted with who did it", async () => {
		const { sessionId, prompts, wrong, right, choose, move } = await begin();
		await choose();
		await ended(sessionId, prompts[0] ?? "");
		await move();
		await ended(sessionId, prompts[0] ?? "", 2);
		const act = await core.database.db
			.selectFrom("audit_log")
			.select(["person_id", "repository_id", "subject", "data"])
			.where("session_id", "=", sessionId)
			.where("action", "=", "session.repository_moved")
			.execute();
		expect(act).toEqual([
			{ person_id: mia, repository_id: right.id, subject: fullName(right), data: { from: fullName(wrong) } },
		]);
	});

	it("repeats of what is done the last prompt only, and tells the agent what the others asked", async () => {
		const { sessionId, prompts, wrong, choose, move } = await begin(["Fix the ledger", "and add a test"]);
		await choose();
		await ended(sessionId, prompts[1] ?? "");
		expect(fakes.agent.sent).toHaveLength(2);
		await move();
		await moved(sessionId);
		await ended(sessionId, prompts[1] ?? "", 2);

		expect(fakes.agent.sent.map(({ prompt }) => prompt.promptId)).toEqual([...prompts, prompts[1]]);
		const context = fakes.agent.sent.at(-1)?.prompt.context ?? "";
		expect(context).toContain(`moved here from ${fullName(wrong)}`);
		expect(context).toContain("Mia had asked: Fix the ledger");
		expect(context).not.toContain("You had answered");
	});

	it("takes along what waits", async () => {
		const { sessionId, prompts, thread, choose, move } = await begin(["Fix the ledger"]);
		const begun = untilStopped();
		await choose();
		await begun;
		const later = await core.sessions.acceptThreadPrompt({ thread, prompt: aPrompt(mia, { text: "later" }) });
		fakes.agent.state.script = async () => ({ outcome: "done", answer: "Here." });
		await move();
		await ended(sessionId, later.promptId);
		expect(fakes.agent.sent.map(({ prompt }) => prompt.promptId)).toEqual([
			...[prompts[0], prompts[0], later.promptId],
		]);
	});

	it("works no more where it was: what is asked in its pull requests there is not its", async () => {
		const { sessionId, prompts, wrong, right, choose, move } = await begin();
		await choose();
		await ended(sessionId, prompts[0] ?? "");
		const where = () => Promise.all([wrong, right].map(({ id }) => worksIn(core.database.db, sessionId, id)));
		expect(await where()).toEqual([true, false]);
		await move();
		await ended(sessionId, prompts[0] ?? "", 2);
		expect(await where()).toEqual([false, true]);
	});

	it("does nothing twice", async () => {
		const { sessionId, prompts, right, choose, move } = await begin();
		await choose();
		await ended(sessionId, prompts[0] ?? "");
		const both = await Promise.all([move(), move()]);
		expect(both).toEqual([{ outcome: "moving" }, { outcome: "moving" }]);
		await ended(sessionId, prompts[0] ?? "", 2);
		// As a job that comes again after a crash.
		const job = { version: 1, sessionId, reason: "move" };
		await snapshotTask.run(job, { signal: new AbortController().signal });
		expect(await move()).toEqual({ outcome: "already_there" });
		const view = await core.sessions.view(sessionId);
		expect(view.moves).toHaveLength(1);
		expect(view.repository?.id).toBe(right.id);
		expect(fakes.agent.sent).toHaveLength(2);
	});

	it("moves all the same where whoever ran its turn was killed before and after it was asked", async () => {
		const { sessionId, prompts, right, choose, move } = await begin();
		const [promptId = ""] = prompts;
		await choose();
		await ended(sessionId, promptId);
		// As a kill leaves it: begun, and nobody at work.
		const { db } = core.database;
		const left = { status: "running" as const, finished_at: null, answer: null };
		await db.updateTable("prompts").set(left).where("id", "=", promptId).execute();
		await db
			.updateTable("sessions")
			.set({ owner_instance: core.newId() })
			.where("id", "=", sessionId)
			.execute();
		expect(await move()).toEqual({ outcome: "moving" });
		expect((await core.sessions.view(sessionId)).prompts[0]?.status).toBe("running");
		// What another instance does with a dead one's job.
		await core.jobs.enqueue(db, runPromptJob, { version: 1, sessionId }, { key: sessionId });
		await moved(sessionId);
		await ended(sessionId, promptId, 3);
		const view = await core.sessions.view(sessionId);
		expect(view).toMatchObject({ repository: { id: right.id }, prompts: [{ status: "done" }] });
		expect(view.moves).toHaveLength(1);
	});

	it("says so where what was not pushed could be neither kept nor saved", async () => {
		const { sessionId, prompts, choose, move } = await begin();
		fakes.agent.state.script = async ({ prompt: { promptId } }, emit) => {
			const file = { path: "a.ts", change: "added" as const, additions: 1, deletions: 0, diff: null };
			emit({ type: "file.changed", data: { promptId, file } });
			return { outcome: "done", answer: "Done." };
		};
		fakes.state.beforeSnapshot = async () => {
			throw new SandboxError("unavailable", "No room for snapshots.");
		};
		fakes.state.onExec = async (command) => (command.includes("save-work.sh") ? 1 : 0);
		await choose();
		await ended(sessionId, prompts[0] ?? "");
		await move();
		expect((await moved(sessionId)).data).toMatchObject({ isKept: false });
		await ended(sessionId, prompts[0] ?? "", 2);
		expect((await core.sessions.view(sessionId)).moves).toMatchObject([{ isKept: false }]);
	});

	it("leaves its old sandbox to the next start where it cannot be deleted now", async () => {
		const { sessionId, prompts, right, choose, move } = await begin();
		await choose();
		await ended(sessionId, prompts[0] ?? "");
		const [old = ""] = fakes.made.keys();
		const { delete: remove } = fakes.sandboxes;
		fakes.sandboxes.delete = async () => {
			throw new SandboxError("unavailable", "The provider is away.");
		};
		await move();
		await ended(sessionId, prompts[0] ?? "", 2);
		fakes.sandboxes.delete = remove;
		expect((await core.sessions.view(sessionId)).repository?.id).toBe(right.id);
		expect(fakes.made.has(old)).toBe(true);
		expect(await listLiveSandboxNames(core.database.db, "fake")).not.toContain(old);
	});

	it("stays stopped where somebody stops it on its way", async () => {
		const { sessionId, prompts, choose, move } = await begin();
		const begun = untilStopped();
		await choose();
		await begun;
		await move();
		await core.sessions.stop({ sessionId, personId: mia });
		await moved(sessionId);
		const view = await core.sessions.view(sessionId);
		expect(["stopped", "cancelled"]).toContain(view.prompts[0]?.status);
		expect(prompts).toHaveLength(1);
		expect(fakes.agent.sent).toHaveLength(1);
	});

	it("finds its work again when it comes back", async () => {
		const { sessionId, prompts, wrong, right, choose, move } = await begin();
		fakes.agent.state.script = async ({ prompt: { promptId } }, emit) => {
			const file = { path: "a.ts", change: "added" as const, additions: 1, deletions: 0, diff: null };
			emit({ type: "file.changed", data: { promptId, file } });
			return { outcome: "done", answer: "Done." };
		};
		await choose();
		await ended(sessionId, prompts[0] ?? "");
		await move();
		await ended(sessionId, prompts[0] ?? "", 2);
		const creates: (string | undefined)[] = [];
		const { create } = fakes.sandboxes;
		fakes.sandboxes.create = (input, signal) => {
			creates.push(input.snapshot);
			return create(input, signal);
		};
		await move(wrong.id);
		await ended(sessionId, prompts[0] ?? "", 3);
		expect(creates).toEqual([expect.stringMatching(/-1$/)]);
		const view = await core.sessions.view(sessionId);
		expect(view.moves.map(({ to }) => to)).toEqual([fullName(right), fullName(wrong)]);
	});
});

describe("whoever may not write there", () => {
	const moveAs = (permission: Awaited<ReturnType<Access["permissionOf"]>>) =>
		createMoveSession({
			...{ ...core, db: core.database.db, enqueue: core.jobs.enqueue },
			access: { ...openAccess, permissionOf: async () => permission },
			chooseRepository: core.sessions.chooseRepository,
		});

	it.each([
		["read", "read_only"],
		["none", "repository_gone"],
		["unlinked", "not_linked"],
	] as const)("with the right %s hears %s, and nothing moves", async (permission, outcome) => {
		const { sessionId, prompts, wrong, right, choose } = await begin();
		await choose();
		await ended(sessionId, prompts[0] ?? "");
		const refused = await moveAs(permission)({ sessionId, personId: mia, repositoryId: right.id });
		expect(refused).toEqual({ outcome });
		expect((await core.sessions.view(sessionId)).repository?.id).toBe(wrong.id);
	});
});

it("answers the question where the repository was being asked for", async () => {
	const { sessionId, prompts, right, move } = await begin();
	await core.sessions.askRepository({ sessionId, reason: "?", candidates: [] });
	expect(await move()).toEqual({ outcome: "chosen" });
	await ended(sessionId, prompts[0] ?? "");
	const view = await core.sessions.view(sessionId);
	expect(view).toMatchObject({
		repository: { id: right.id },
		routing: { reason: "picked by Mia" },
		moves: [],
	});
});
