import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { Permission } from "../../src/db/schema/people.ts";
import { AppError } from "../../src/errors.ts";
import { runPromptJob } from "../../src/jobs/queue.ts";
import { defineTask } from "../../src/jobs/worker.ts";
import { createRunPrompt } from "../../src/sessions/turn/run-prompt.ts";
import { createSessionControl } from "../../src/sessions/turn/session-control.ts";
import { createFakeAgent, createFakeSandboxes } from "../harness/run-edges.ts";
import { aPerson, aPrompt, aRepository, aThread, waitForEvent } from "../harness/sessions.ts";
import { type StartedCore, startCore } from "../harness/start-core.ts";

let core: StartedCore;
let fakes: ReturnType<typeof createFakes>;
let authorId: string;
/** What GitHub says, when it says it. */
let say: () => Promise<Permission>;

function createFakes() {
	return { ...createFakeSandboxes(), agent: createFakeAgent() };
}

beforeAll(async () => {
	core = await startCore();
	await core.listener.start();
	const control = createSessionControl({ listener: core.listener });
	await core.jobs.work([
		defineTask(runPromptJob, ({ sessionId }, { signal }) =>
			createRunPrompt({
				...core,
				db: core.database.db,
				control,
				access: { permissionOf: () => say() },
				enqueue: core.jobs.enqueue,
				newToken: () => `token-${core.newId()}`,
				sandboxes: fakes.sandboxes,
				connectAgent: fakes.agent.connectAgent,
				fetchFile: async () => new Uint8Array(),
				progress: { follow: () => ({ stop: async () => {} }) },
				settlePullRequests: async () => {},
			})({ sessionId, signal }),
		),
	]);
	authorId = await aPerson(core, "Zoe");
});
afterAll(() => core.stop());
beforeEach(() => {
	fakes = createFakes();
});

async function start() {
	const { sessionId, promptId } = await core.sessions.acceptThreadPrompt({
		thread: aThread(),
		prompt: aPrompt(authorId),
	});
	const { id } = await aRepository(core.database);
	const routing = { how: "picked" as const, reason: "picked", confidence: null };
	await core.sessions.chooseRepository({ sessionId, personId: null, repositoryId: id, routing });
	return { sessionId, promptId };
}

async function ended(sessionId: string, promptId: string) {
	await waitForEvent(
		core,
		sessionId,
		(event) => event.type === "prompt.finished" && event.data.promptId === promptId,
	);
	const { prompts } = await core.sessions.view(sessionId);
	const [prompt] = prompts;
	if (prompt === undefined) throw new Error("the prompt is gone");
	return prompt;
}

it("a turn of whoever may only read is told so to its agent", async () => {
	say = async () => "read";
	const { sessionId, promptId } = await start();
	expect(await ended(sessionId, promptId)).toMatchObject({ status: "done" });
	expect(fakes.agent.sent[0]?.prompt.context).toMatch(/^Rights: Zoe may only read/m);

	say = async () => "write";
	const next = await start();
	await ended(next.sessionId, next.promptId);
	expect(fakes.agent.sent[1]?.prompt.context).not.toMatch(/Rights/);
});

it("a turn of whoever may not use the repository is none: its agent hears nothing", async () => {
	say = async () => "none";
	const { sessionId, promptId } = await start();
	expect(await ended(sessionId, promptId)).toMatchObject({
		status: "failed",
		problem: {
			code: "no_access",
			message: "I can't find a repository of that name that you may use.",
			retryable: false,
		},
	});
	expect(fakes.agent.sent).toEqual([]);
	const acts = core.database.db.selectFrom("audit_log").select("action").where("session_id", "=", sessionId);
	expect((await acts.execute()).map(({ action }) => action)).toContain("prompt.refused");
});

it("GitHub is asked beside the start, and nothing is sent before it answers", async () => {
	const answer = Promise.withResolvers<Permission>();
	const connected = Promise.withResolvers<void>();
	const { connectAgent } = fakes.agent;
	fakes.agent.connectAgent = async (...given) => {
		const link = await connectAgent(...given);
		return {
			...link,
			async openConversation(input) {
				const opened = await link.openConversation(input);
				connected.resolve();
				return opened;
			},
		};
	};
	say = () => answer.promise;
	const { sessionId, promptId } = await start();
	await connected.promise;
	expect(fakes.agent.sent).toEqual([]);
	answer.resolve("write");
	expect(await ended(sessionId, promptId)).toMatchObject({ status: "done" });
	expect(fakes.agent.sent).toHaveLength(1);
});

it("a turn whose author GitHub cannot be asked of may be tried again, then it runs", async () => {
	say = async () => {
		throw new AppError("access_unknown", "GitHub cannot be asked just now.", { retryable: true });
	};
	const { sessionId, promptId } = await start();
	expect(await ended(sessionId, promptId)).toMatchObject({
		status: "failed",
		problem: { code: "access_unknown", retryable: true },
	});
	expect(fakes.agent.sent).toEqual([]);
	say = async () => "write";
	await core.sessions.retryPrompt({ promptId, personId: authorId });
	await waitForEvent(
		core,
		sessionId,
		(event) => event.type === "prompt.finished" && event.data.status === "done",
	);
});
