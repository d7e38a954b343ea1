import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { runPromptJob } from "../../src/jobs/queue.ts";
import { defineTask } from "../../src/jobs/worker.ts";
import { maskSecrets } from "../../src/masking/mask-secrets.ts";
import { createPullRequests } from "../../src/sessions/pull-requests/open-pull-request.ts";
import { createRunPrompt } from "../../src/sessions/turn/run-prompt.ts";
import { createSessionControl } from "../../src/sessions/turn/session-control.ts";
import { makeEntry } from "../../src/warm/make-entry.ts";
import { fastest } from "../harness/fastest.ts";
import { createFakeAgent, createFakeGithub, createFakeSandboxes } from "../harness/run-edges.ts";
import { aPerson, aPrompt, aRepository, aThread, waitForEvent } from "../harness/sessions.ts";
import { type StartedCore, startCore } from "../harness/start-core.ts";

let core: StartedCore;
let authorId: string;
let fakes: ReturnType<typeof createFakes>;
const progress: string[] = [];
const routing = { how: "picked" as const, reason: "picked", confidence: null };

function createFakes() {
	return { ...createFakeSandboxes(), agent: createFakeAgent(), github: createFakeGithub() };
}

function runDeps() {
	return {
		db: core.database.db,
		instanceId: core.instanceId,
		access: core.access,
		eventLog: core.eventLog,
		enqueue: core.jobs.enqueue,
		log: core.log,
		now: core.now,
		newId: core.newId,
		newToken: () => `token-${core.newId()}`,
		sandboxes: fakes.sandboxes,
		connectAgent: fakes.agent.connectAgent,
		mask: maskSecrets,
		fetchFile: async () => new Uint8Array([1, 2, 3]),
		progress: {
			follow: (_sessionId: string, promptId: string) => {
				progress.push(`follow ${promptId}`);
				return {
					stop: async () => {
						progress.push(`stop ${promptId}`);
					},
				};
			},
		},
		settlePullRequests: (sessionId: string) => pullRequests().settle(sessionId),
	};
}

function pullRequests() {
	return createPullRequests({
		db: core.database.db,
		enqueue: core.jobs.enqueue,
		now: core.now,
		newId: core.newId,
		log: core.log,
		github: { ...fakes.github.github, putFiles: async () => new Map() },
		access: core.access,
		canLink: false,
		sessionUrl: () => null,
		tokens: { get: async () => ({ outcome: "unlinked" }), refused: async () => {} },
	});
}

beforeAll(async () => {
	core = await startCore();
	fakes = createFakes();
	const control = createSessionControl({ listener: core.listener });
	await core.listener.start();
	await core.jobs.work([
		defineTask(runPromptJob, ({ sessionId }, { signal }) =>
			createRunPrompt({ ...runDeps(), control })({ sessionId, signal }),
		),
	]);
	authorId = await aPerson(core);
});

beforeEach(() => {
	fakes = createFakes();
});

afterEach(() => {
	progress.length = 0;
});

afterAll(() => core.stop());

/** A session with a chosen repository and one prompt that is about to run. */
async function start(fields: Parameters<typeof aPrompt>[1] = {}) {
	const thread = aThread();
	const accepted = await core.sessions.acceptThreadPrompt({ thread, prompt: aPrompt(authorId, fields) });
	const repository = await aRepository(core.database);
	const choose = () =>
		core.sessions.chooseRepository({
			sessionId: accepted.sessionId,
			personId: null,
			repositoryId: repository.id,
			routing,
		});
	return { ...accepted, thread, repository, choose };
}

const finished = (sessionId: string, promptId: string) =>
	waitForEvent(
		core,
		sessionId,
		(event) => event.type === "prompt.finished" && event.data.promptId === promptId,
	);

describe("a turn", () => {
	it("goes from the queue to an answer and tells each step", async () => {
		fakes.agent.state.script = async ({ prompt: { promptId } }, emit) => {
			emit({ type: "text.delta", data: { promptId, partId: "p1", text: "The total" } });
			emit({ type: "text.delta", data: { promptId, partId: "p1", text: " is right." } });
			emit({ type: "text", data: { promptId, partId: "p1", text: "The total is right." } });
			return { outcome: "done", answer: "The total is right." };
		};
		const session = await start({
			files: [{ id: "F1", name: "../shot.png", mimeType: "image/png", sizeBytes: 3, url: "https://x/f" }],
		});
		await session.choose();
		await finished(session.sessionId, session.promptId);
		const view = await core.sessions.view(session.sessionId);
		expect(view.prompts[0]).toMatchObject({ status: "done", answer: "The total is right.", attempt: 1 });
		const sent = fakes.agent.sent[0];
		expect(sent?.prompt.author).toEqual({ name: "Mia", email: "mia@example.com" });
		expect(sent?.prompt.context).toContain(`Repository: acme/${session.repository.name}`);
		expect(sent?.prompt.context).toMatch(/^Branch: bobbin\/[0-9a-f]{8}-fix-the-cart-total$/m);
		expect(sent?.prompt.files[0]).toMatchObject({
			path: `/home/agent/files/${session.promptId}/1-shot.png`,
			dataUrl: "data:image/png;base64,AQID",
		});
		expect(fakes.executed).toHaveLength(1);
		expect(fakes.executed[0]).toContain(
			`'/opt/bobbin/guest/sync.sh' 'acme/${session.repository.name}' 'main'`,
		);
		const events = await core.sessions.readEvents({ sessionId: session.sessionId, afterSeq: 0 });
		const steps = events
			.filter((e) => e.type === "startup.step")
			.map((e) => `${e.data.step} ${e.data.state}`);
		const both = ["clone started", "agent started", "clone done", "agent done"];
		expect(steps).toEqual([
			...["sandbox started", "sandbox done"],
			...steps.filter((step) => both.includes(step)),
			...["prompt started", "prompt done"],
		]);
		expect(steps.toSorted()).toEqual(expect.arrayContaining(both.toSorted()));
		expect(progress).toEqual([`follow ${session.promptId}`, `stop ${session.promptId}`]);
	});

	it("keeps whole parts of a finished turn and not their pieces", async () => {
		fakes.agent.state.script = async ({ prompt: { promptId } }, emit) => {
			emit({ type: "text.delta", data: { promptId, partId: "p1", text: "a" } });
			emit({ type: "text", data: { promptId, partId: "p1", text: "a" } });
			emit({ type: "text.delta", data: { promptId, partId: "p2", text: "cut off" } });
			return { outcome: "done", answer: "a" };
		};
		const session = await start();
		await session.choose();
		await finished(session.sessionId, session.promptId);
		await expect
			.poll(async () =>
				(await core.sessions.readEvents({ sessionId: session.sessionId, afterSeq: 0 }))
					.filter((event) => event.type === "text" || event.type === "text.delta")
					.map((event) => `${event.type} ${event.data.partId}`),
			)
			.toEqual(["text p1", "text.delta p2"]);
	});

	it("runs three prompts in their order, those of the routing time included", async () => {
		const session = await start({ text: "one" });
		const add = (text: string) =>
			core.sessions.acceptThreadPrompt({ thread: session.thread, prompt: aPrompt(authorId, { text }) });
		await add("two");
		await session.choose();
		const third = await add("three");
		await finished(session.sessionId, third.promptId);
		expect(fakes.agent.sent.map((sent) => sent.prompt.text)).toEqual(["one", "two", "three"]);
		expect(fakes.state.creates).toBe(1);
		expect(fakes.executed.map((command) => command.split(" ").at(-1))).toEqual([
			"'fresh'",
			"'kept'",
			"'kept'",
		]);
		const conversations = new Set(fakes.agent.sent.map((sent) => sent.conversationId));
		expect(conversations.size).toBe(1);
	});

	it("commits as whoever prompted it: by GitHub's address where they connected, else by Slack's", async () => {
		const other = await aPerson(core, "Noah");
		await core.database.db
			.insertInto("identities")
			.values({
				...{ provider: "github", tenant: "", external_id: "7", person_id: other },
				...{ name: "noah-gh", email: null },
			})
			.execute();
		const session = await start();
		const second = aPrompt(other);
		const { promptId } = await core.sessions.acceptThreadPrompt({ thread: session.thread, prompt: second });
		await session.choose();
		await finished(session.sessionId, promptId);
		expect(fakes.agent.sent.map(({ prompt }) => prompt.author)).toEqual([
			{ name: "Mia", email: "mia@example.com" },
			{ name: "Noah", email: "7+noah-gh@users.noreply.github.com" },
		]);
		expect(fakes.agent.sent[1]?.prompt.context).toContain("Asked by: Noah, who is the author");
	});

	it("goes on after the agent was interrupted, three times at most", async () => {
		const problem = { code: "agent_gone", message: "The agent went away.", retryable: true };
		let left = 2;
		fakes.agent.state.script = async () =>
			left-- > 0 ? { outcome: "interrupted", problem } : { outcome: "done", answer: "At last." };
		const first = await start();
		await first.choose();
		await finished(first.sessionId, first.promptId);
		expect((await core.sessions.view(first.sessionId)).prompts[0]).toMatchObject({
			status: "done",
			attempt: 3,
		});
		left = 100;
		const second = await start();
		await second.choose();
		await finished(second.sessionId, second.promptId);
		expect((await core.sessions.view(second.sessionId)).prompts[0]).toMatchObject({
			status: "failed",
			problem,
		});
	});

	it("takes a new sandbox when its own is gone", async () => {
		fakes.agent.state.script = async ({ attempt }) => {
			if (attempt > 1) return { outcome: "done", answer: "Again." };
			fakes.made.clear();
			return { outcome: "interrupted", problem: { code: "gone", message: "gone", retryable: true } };
		};
		const session = await start();
		await session.choose();
		await finished(session.sessionId, session.promptId);
		expect([...fakes.made.keys()]).toEqual([`bobbin-${session.sessionId.slice(0, 8)}-2`]);
		expect(fakes.executed).toHaveLength(2);
	});

	it("uses a warm sandbox and only switches the branch", async () => {
		const session = await start();
		const pool = {
			...runDeps(),
			database: core.database,
			connectAgent: async () => ({ warmUp: async () => {}, close: async () => {} }),
			limits: {
				...{ sandboxes: 1, memoryMiB: null, usdPerHour: null, makingAtOnce: 1 },
				each: { memoryMiB: 0, usdPerHour: 0 },
			},
		};
		const wanted = { repositoryId: session.repository.id, imageId: null };
		const { id: sandboxId, done } = await makeEntry(pool, wanted, new AbortController().signal);
		expect(await done).toEqual({ outcome: "warm" });
		await session.choose();
		await finished(session.sessionId, session.promptId);
		expect([...fakes.made.keys()]).toEqual([`bobbin-warm-${sandboxId.slice(0, 8)}`]);
		expect(fakes.executed.map((command) => command.split(" ").at(3))).toEqual([
			"'main'",
			expect.stringMatching(/^'bobbin\//),
		]);
	});
});

describe("failures", () => {
	it.each([
		[10, "repository_not_found"],
		[11, "clone_unreachable"],
		[12, "disk_full"],
		[13, "base_branch_missing"],
		[1, "clone_failed"],
	])("says what a clone that ends with %i means, and the next prompt works", async (exitCode, code) => {
		fakes.state.onExec = async () => exitCode;
		const session = await start();
		await session.choose();
		await finished(session.sessionId, session.promptId);
		expect((await core.sessions.view(session.sessionId)).prompts[0]).toMatchObject({
			status: "failed",
			problem: { code },
		});
		fakes.state.onExec = async () => 0;
		const retry = { promptId: session.promptId, personId: null };
		expect(await core.sessions.retryPrompt(retry)).toEqual({ outcome: "queued" });
		expect(await core.sessions.retryPrompt(retry)).toEqual({
			outcome: "already_queued",
		});
		await waitForEvent(
			core,
			session.sessionId,
			(e) => e.type === "prompt.finished" && e.data.status === "done",
		);
	});

	it("gives nothing away of an unknown error", async () => {
		fakes.agent.state.script = () => Promise.reject(new Error("password is hunter2"));
		const session = await start();
		await session.choose();
		await finished(session.sessionId, session.promptId);
		const [prompt] = (await core.sessions.view(session.sessionId)).prompts;
		expect(prompt?.problem?.code).toBe("internal");
		expect(prompt?.problem?.message).not.toContain("hunter2");
	});
});

describe("stop", () => {
	it("ends the running turn within a second and cancels what waits", async () => {
		async function stopOne(): Promise<number> {
			fakes.agent.aborted.length = 0;
			const begun = Promise.withResolvers<void>();
			fakes.agent.state.script = () => {
				begun.resolve();
				return new Promise(() => {});
			};
			const session = await start();
			await session.choose();
			const second = await core.sessions.acceptThreadPrompt({
				thread: session.thread,
				prompt: aPrompt(authorId),
			});
			await begun.promise;
			const askedAt = performance.now();
			expect(await core.sessions.stop({ sessionId: session.sessionId, personId: authorId })).toEqual({
				outcome: "stopping",
				cancelledPrompts: 1,
			});
			await finished(session.sessionId, session.promptId);
			const tookMs = performance.now() - askedAt;
			expect(fakes.agent.aborted).toHaveLength(1);
			const view = await core.sessions.view(session.sessionId);
			expect(view.prompts.map((prompt) => prompt.status)).toEqual(["stopped", "cancelled"]);
			expect(view.prompts[1]?.id).toBe(second.promptId);
			return tookMs;
		}
		expect(await fastest(1_000, stopOne)).toBeLessThan(1_000);
	});

	it("does not wait for a clone that hangs", async () => {
		let cloning: () => void = () => {};
		const begun = new Promise<void>((resolve) => {
			cloning = resolve;
		});
		fakes.state.onExec = () => {
			cloning();
			return new Promise(() => {});
		};
		const session = await start();
		await session.choose();
		await begun;
		await core.sessions.stop({ sessionId: session.sessionId, personId: null });
		await finished(session.sessionId, session.promptId);
		expect((await core.sessions.view(session.sessionId)).prompts[0]?.status).toBe("stopped");
		expect(fakes.state.strayKills).toBe(1);
	});
});

describe("ownership", () => {
	it("leaves without a word when another run takes the session", async () => {
		let emitLate: () => void = () => {};
		const begun = new Promise<void>((resolve) => {
			fakes.agent.state.script = ({ prompt: { promptId } }, emit) => {
				emitLate = () => emit({ type: "text", data: { promptId, partId: "late", text: "late" } });
				resolve();
				return new Promise(() => {});
			};
		});
		const session = await start();
		await session.choose();
		await begun;
		await core.database.db
			.updateTable("sessions")
			.set((eb) => ({ epoch: eb("epoch", "+", 1), owner_instance: "another" }))
			.where("id", "=", session.sessionId)
			.execute();
		emitLate();
		await expect.poll(() => progress).toContain(`stop ${session.promptId}`);
		const events = await core.sessions.readEvents({ sessionId: session.sessionId, afterSeq: 0 });
		expect(events.map((event) => event.type)).not.toContain("text");
		expect(events.map((event) => event.type)).not.toContain("prompt.finished");
		expect((await core.sessions.view(session.sessionId)).prompts[0]?.status).toBe("running");
	});
});

describe("pull requests", () => {
	it("are one for each branch, however often and at once they are asked for", async () => {
		fakes.agent.state.script = async ({ prompt }) => {
			const branch = `${/^Branch: (.*)$/m.exec(prompt.context)?.[1]}`;
			const open = () =>
				pullRequests().open({
					sessionId: session.sessionId,
					branch,
					title: "Fix",
					body: "Why",
					draft: false,
				});
			const results = await Promise.all([open(), open(), open()]);
			return {
				outcome: "done",
				answer: results.map((result) => (result.outcome === "open" ? result.number : "")).join(" "),
			};
		};
		let creates = 0;
		fakes.github.state.beforeCreate = async () => {
			const { AppError } = await import("../../src/errors.ts");
			creates++;
			if (creates > 1) throw new AppError("pull_request_exists", "A pull request exists.");
		};
		const session = await start();
		await session.choose();
		await finished(session.sessionId, session.promptId);
		const view = await core.sessions.view(session.sessionId);
		expect(fakes.github.opened).toHaveLength(1);
		expect(view.prompts[0]?.answer).toBe("1 1 1");
		expect(view.pullRequests).toHaveLength(1);
		expect(fakes.github.bodies[0]).toMatch(/^Why\n\n---\n[\s\S]*On behalf of Mia\. /);
	});

	it("that were merged while a follow-up waited leave it a new branch", async () => {
		const branches: string[] = [];
		fakes.agent.state.script = async ({ prompt }) => {
			const branch = `${/^Branch: (.*)$/m.exec(prompt.context)?.[1]}`;
			branches.push(branch);
			if (branches.length === 1) {
				await pullRequests().open({
					sessionId: session.sessionId,
					branch,
					title: "Fix",
					body: "",
					draft: false,
				});
				await core.sessions.acceptThreadPrompt({ thread: session.thread, prompt: followUp });
				const [opened] = fakes.github.opened;
				if (opened) opened.state = "merged";
			}
			return { outcome: "done", answer: "Done." };
		};
		const followUp = aPrompt(authorId);
		const session = await start();
		await session.choose();
		await waitForEvent(core, session.sessionId, (event) => {
			if (event.type !== "prompt.finished") return false;
			return event.data.promptId !== session.promptId;
		});
		expect(branches[1]).toBe(`${branches[0]}-2`);
		await expect(
			pullRequests().open({
				sessionId: session.sessionId,
				branch: `${branches[0]}`,
				title: "Fix more",
				body: "",
				draft: false,
			}),
		).rejects.toMatchObject({ code: "pull_request_done" });
	});

	it("refuse a branch of another session", async () => {
		const session = await start();
		await session.choose();
		await expect(
			pullRequests().open({
				sessionId: session.sessionId,
				branch: "main",
				title: "Fix",
				body: "",
				draft: false,
			}),
		).rejects.toMatchObject({ code: "foreign_branch" });
	});
});
