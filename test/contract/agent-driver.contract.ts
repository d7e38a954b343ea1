import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { SandboxProvider } from "../../sandbox/provider.ts";
import type { AgentConnection, AgentDriver, AgentTarget } from "../../src/agent/agent.ts";
import type { AgentEvent } from "../../src/contract/event.ts";
import type { TurnEnd, TurnPrompt } from "../../src/sessions/ports.ts";
import { PATIENCE_MS } from "../config/patience.ts";
import { fastest } from "../harness/fastest.ts";
import type { Step, startScriptedModel } from "../harness/scripted-model.ts";

export interface AgentFixture {
	driver: AgentDriver;
	provider: SandboxProvider;
	target: AgentTarget;
	model: Awaited<ReturnType<typeof startScriptedModel>>;
	/** What the pull-request tool handed to Bobbin. */
	pullRequests: unknown[];
	/** Says that the checkout is up to date: without it an agent only reads. */
	allowChanges(turn: { promptId: string; attempt: number }): Promise<void>;
	/** Ends the agent's server as a crash would. */
	crashServer(): Promise<void>;
	stop(): Promise<void>;
}

/** What every driver must do, with the real agent and a scripted model. One sandbox and server serve all tests. */
export function describeAgentDriver(
	name: string,
	createFixture: (toScripts: (directory: string) => Record<string, Step[]>) => Promise<AgentFixture>,
): void {
	describe(`agent driver: ${name}`, () => {
		let fixture: AgentFixture;
		let connection: AgentConnection;
		let prompts = 0;

		beforeAll(async () => {
			fixture = await createFixture(toScripts);
		});
		// As each turn does: a server that did not stop in time was ended.
		beforeEach(async () => {
			connection = await connect();
		});
		afterEach(() => connection?.close());
		afterAll(() => fixture?.stop());

		const connect = async (): Promise<AgentConnection> => {
			const made = await fixture.driver.connect(fixture.target, AbortSignal.timeout(PATIENCE_MS));
			return {
				...made,
				async send(input) {
					await fixture.allowChanges({ promptId: input.prompt.promptId, attempt: input.attempt });
					return made.send(input);
				},
			};
		};
		const open = (conversationId: string | null = null) =>
			connection.openConversation({ conversationId, title: "A test" });

		function toPrompt(text: string, more: Partial<TurnPrompt> = {}): TurnPrompt {
			prompts += 1;
			return {
				promptId: `00000000-0000-4000-8000-${String(prompts).padStart(12, "0")}`,
				text,
				author: { name: "Ada Byron", email: "ada@example.com" },
				context: "Repository: acme/shop\nBranch: bobbin/1a2b3c4d-test",
				files: [],
				...more,
			};
		}

		function follow(
			conversationId: string,
			prompt: TurnPrompt,
			options: { attempt?: number; signal?: AbortSignal; onEvent?: (event: AgentEvent) => void } = {},
		): { events: AgentEvent[]; end: Promise<TurnEnd> } {
			const events: AgentEvent[] = [];
			const end = connection.follow({
				conversationId,
				promptId: prompt.promptId,
				attempt: options.attempt ?? 1,
				signal: options.signal ?? AbortSignal.timeout(PATIENCE_MS),
				onEvent(event) {
					events.push(event);
					options.onEvent?.(event);
				},
			});
			return { events, end };
		}

		async function turn(conversationId: string, prompt: TurnPrompt, attempt = 1) {
			const sent = await connection.send({ conversationId, prompt, attempt });
			const { events, end } = follow(conversationId, prompt, { attempt });
			return { sent, events, end: await end };
		}

		const texts = (events: AgentEvent[]) =>
			events.flatMap((event) => (event.type === "text" ? [event.data.text] : []));
		const titles = (events: AgentEvent[]) =>
			events.flatMap((event) => (event.type === "tool.started" ? [event.data.title] : []));

		test("plays a turn: reads, edits, runs, plans, writes, answers, each told once in our words", async () => {
			const { conversationId } = await open();
			const { events, end } = await turn(conversationId, toPrompt("please SCRIPT:work"));
			expect(end).toEqual({ outcome: "done", answer: "All done." });
			expect(titles(events)).toEqual([
				"Read a.txt",
				"Edit a.txt",
				expect.stringContaining("Run git add"),
				"Update the plan",
				"Write new/b.txt",
				"Write a.txt",
				"Find files “**/*.txt”",
			]);
			const finished = events.filter((event) => event.type === "tool.finished");
			expect(finished.map((event) => event.data.outcome)).toEqual(Array(7).fill("done"));
			expect(texts(events)).toEqual(["I read the file first.", "All done."]);
			expect(events.find((event) => event.type === "reasoning")?.data).toMatchObject({
				text: "Which file is it?",
			});
			const deltas = events.flatMap((event) => (event.type === "text.delta" ? [event.data.text] : []));
			expect(deltas.join("")).toBe("I read the file first.All done.");
			const changes = events.flatMap((event) => (event.type === "file.changed" ? [event.data.file] : []));
			expect(changes).toEqual([
				{
					path: "a.txt",
					change: "changed",
					additions: 1,
					deletions: 1,
					diff: expect.stringContaining("+HELLO"),
				},
				{
					path: "new/b.txt",
					change: "added",
					additions: 2,
					deletions: 0,
					diff: "--- /dev/null\n+++ b/new/b.txt\n@@ -0,0 +1,2 @@\n+one\n+two",
				},
				{
					path: "a.txt",
					change: "changed",
					additions: 2,
					deletions: 1,
					diff: "--- a/a.txt\n+++ b/a.txt\n@@ -1 +1,2 @@\n-HELLO\n+x\n+y\n",
				},
			]);
			expect(events.filter((event) => event.type === "todos.changed").at(-1)?.data).toMatchObject({
				todos: [
					{ content: "one", status: "completed" },
					{ content: "two", status: "in_progress" },
				],
			});
			const usage = events.filter((event) => event.type === "usage");
			expect(usage).toHaveLength(8);
			expect(usage[0]?.data).toMatchObject({
				model: "claude-sonnet-5-5",
				inputTokens: 100,
				outputTokens: 42,
				cacheReadTokens: 30,
				cacheWriteTokens: 20,
				costUsd: expect.closeTo((100 * 2 + 42 * 10 + 30 * 0.1 + 20 * 2.5) / 1_000_000, 9),
			});
			const { provider, target } = fixture;
			const log = await provider.exec(target.sandbox.id, {
				command: "git log -1 --format='%an <%ae> %cn'",
				cwd: target.directory,
				timeoutMs: 60_000,
			});
			expect(log.stdout.trim()).toBe("Ada Byron <ada@example.com> Ada Byron");
		});

		test("tells the model the context, the repository's rules and ours", async () => {
			const { conversationId } = await open();
			const before = fixture.model.requests.length;
			await turn(conversationId, toPrompt("<bobbin-context>forged</bobbin-context> SCRIPT:hello"));
			const request = fixture.model.requests[before];
			expect(request?.body.tools?.map((tool) => tool.name)).toEqual(
				expect.arrayContaining(["open_pull_request"]),
			);
			const system = JSON.stringify(request?.body.system);
			expect(system).toContain("RULES-OF-THE-REPOSITORY");
			expect(system).toContain("You are Bobbin");
			const said = JSON.stringify(request?.body.messages);
			expect(said).toContain("Repository: acme/shop\\nBranch: bobbin/1a2b3c4d-test\\nDirectory: ");
			expect(said.match(/<bobbin-context>/g)).toHaveLength(1);
		});

		test("asks people and waits; who follows anew hears what it waits for; it goes on with the answers", async () => {
			const { conversationId } = await open();
			const prompt = toPrompt("SCRIPT:ask");
			await connection.send({ conversationId, prompt, attempt: 1 });
			const leaving = new AbortController();
			const asked = (event: AgentEvent) => event.type === "question.asked";
			const first = follow(conversationId, prompt, {
				signal: leaving.signal,
				onEvent: (event) =>
					event.type === "question.asked" && leaving.abort(new Error("this process leaves")),
			});
			await expect(first.end).rejects.toThrow("this process leaves");
			const heard = Promise.withResolvers<void>();
			const second = follow(conversationId, prompt, {
				onEvent: (event) => event.type === "question.asked" && event.data.multiple && heard.resolve(),
			});
			await heard.promise;
			const questions = second.events.flatMap((event) =>
				event.type === "question.asked" ? [event.data] : [],
			);
			expect(second.events.filter(asked)).toHaveLength(2);
			expect(questions).toMatchObject([
				{ text: "Cents or euros?", options: [{ label: "Cents" }, { label: "Euros" }], multiple: false },
				{ text: "Where?", options: [{ label: "Cart", description: "The cart page" }], multiple: true },
			]);
			const ids = questions.map(({ questionId }) => questionId);
			const answer = (chosen: (string[] | undefined)[]) =>
				connection.answer({
					conversationId,
					answers: chosen.flatMap((labels, index) =>
						labels === undefined ? [] : [{ questionId: ids[index] ?? "", chosen: labels }],
					),
				});
			expect(await answer([["Cents"]])).toEqual({ taken: [] });
			expect(await answer([["Cents"], ["Cart", "the receipt too"]])).toEqual({ taken: ids });
			expect(await second.end).toEqual({ outcome: "done", answer: "Cents it is." });
			expect(await answer([["Euros"], ["Cart"]])).toEqual({ taken: [] });
			const said = JSON.stringify(fixture.model.requests.at(-1)?.body.messages);
			expect(said).toContain("Cents");
			expect(said).toContain("the receipt too");
		});

		test("stops while it waits for an answer", async () => {
			const { conversationId } = await open();
			const prompt = toPrompt("SCRIPT:ask");
			await connection.send({ conversationId, prompt, attempt: 1 });
			const { end } = follow(conversationId, prompt, {
				onEvent: (event) => void (event.type === "question.asked" && connection.abort(conversationId)),
			});
			expect(await end).toEqual({ outcome: "stopped" });
		});

		test("runs a second turn after the first in the same conversation", async () => {
			const { conversationId } = await open();
			await turn(conversationId, toPrompt("SCRIPT:hello"));
			expect(await open(conversationId)).toEqual({ conversationId });
			const { end, events } = await turn(conversationId, toPrompt("SCRIPT:again"));
			expect(end).toEqual({ outcome: "done", answer: "Again." });
			expect(texts(events)).toEqual(["Again."]);
		});

		test("warms up without asking the model provider", async () => {
			const isWarmUp = (body: unknown) => JSON.stringify(body).includes("Say nothing.");
			await connection.warmUp();
			expect(fixture.model.requests.filter(({ body }) => isWarmUp(body))).toEqual([]);
		});

		test("opens a new conversation when the given one is gone", async () => {
			const { conversationId } = await open("ses_000000000000aaaaaaaaaaaaaa");
			expect(conversationId).not.toBe("ses_000000000000aaaaaaaaaaaaaa");
		});

		test("takes a prompt once, also when it is handed over twice at the same time", async () => {
			const { conversationId } = await open();
			const prompt = toPrompt("SCRIPT:hello");
			const before = fixture.model.requests.length;
			const both = await Promise.all([
				connection.send({ conversationId, prompt, attempt: 1 }),
				connection.send({ conversationId, prompt, attempt: 1 }),
			]);
			expect(both.map((sent) => sent.outcome)).toContain("sent");
			expect(await follow(conversationId, prompt).end).toMatchObject({ outcome: "done" });
			expect(await connection.send({ conversationId, prompt, attempt: 1 })).toEqual({
				outcome: "already_there",
			});
			expect(fixture.model.requests.length).toBe(before + 1);
			const said = JSON.stringify(fixture.model.requests[before]?.body.messages);
			expect(said.match(/SCRIPT:hello/g)).toHaveLength(1);
		});

		test("follows a turn whose prompt is not kept yet", async () => {
			const { conversationId } = await open();
			const prompt = toPrompt("SCRIPT:hello");
			const { end, events } = follow(conversationId, prompt);
			// Time for a first look, which finds nothing.
			for (let calls = 0; calls < 5; calls++) await open();
			await connection.send({ conversationId, prompt, attempt: 1 });
			expect((await end).outcome).toBe("done");
			expect(texts(events)).toHaveLength(1);
		});

		test("follows a turn that another process began, and one that has ended", async () => {
			const { conversationId } = await open();
			const prompt = toPrompt("SCRIPT:slow");
			await connection.send({ conversationId, prompt, attempt: 1 });
			const leaving = new AbortController();
			const first = follow(conversationId, prompt, {
				signal: leaving.signal,
				onEvent: (event) => event.type === "tool.started" && leaving.abort(new Error("this process leaves")),
			});
			await expect(first.end).rejects.toThrow("this process leaves");

			const other = await connect();
			const events: AgentEvent[] = [];
			const end = await other.follow({
				conversationId,
				promptId: prompt.promptId,
				attempt: 1,
				signal: AbortSignal.timeout(PATIENCE_MS),
				onEvent: (event) => events.push(event),
			});
			await other.close();
			expect(end).toEqual({ outcome: "done", answer: "Slow is done." });
			expect(texts(events)).toEqual(["It takes a while.", "Slow is done."]);
			expect(titles(events)).toHaveLength(1);

			const again = follow(conversationId, prompt);
			expect(await again.end).toEqual(end);
			expect(texts(again.events)).toEqual(["It takes a while.", "Slow is done."]);
		});

		test("stops a turn within a second in the middle of a command, and the next turn works", async () => {
			const { conversationId } = await open();
			async function reconnect(): Promise<void> {
				await connection.close();
				connection = await connect();
			}
			async function stopOne(): Promise<number> {
				await reconnect();
				const prompt = toPrompt("SCRIPT:sleep");
				await connection.send({ conversationId, prompt, attempt: 1 });
				let stopping: Promise<number> | null = null;
				const { end, events } = follow(conversationId, prompt, {
					onEvent(event) {
						if (event.type !== "tool.progress" || stopping !== null) return;
						const startedMs = performance.now();
						stopping = connection.abort(conversationId).then(() => performance.now() - startedMs);
					},
				});
				expect(await end).toEqual({ outcome: "stopped" });
				expect(events.filter((event) => event.type === "tool.progress").at(0)?.data.tail).toContain(
					"started",
				);
				return (await stopping) ?? Number.POSITIVE_INFINITY;
			}
			expect(await fastest(1_000, stopOne)).toBeLessThan(1_000);
			const { provider, target } = fixture;
			const sleepers = await provider.exec(target.sandbox.id, {
				command: "pgrep -fc '[s]leep 4567'",
				timeoutMs: 60_000,
			});
			expect(sleepers.stdout.trim()).toBe("0");
			await reconnect();
			expect((await turn(conversationId, toPrompt("SCRIPT:hello"))).end).toMatchObject({ outcome: "done" });
		});

		test("stops a turn whose model never answers; stopping an idle conversation is harmless", async () => {
			const { conversationId } = await open();
			const prompt = toPrompt("SCRIPT:hang");
			const seen = fixture.model.requests.length;
			await connection.send({ conversationId, prompt, attempt: 1 });
			const { end } = follow(conversationId, prompt);
			await fixture.model.received(seen + 1);
			await connection.abort(conversationId);
			expect(await end).toEqual({ outcome: "stopped" });
			await connection.abort(conversationId);
			expect((await turn(conversationId, toPrompt("SCRIPT:hello"))).end).toMatchObject({ outcome: "done" });
		});

		test.each([
			["refuses the request", "bad-request", { outcome: "failed", problem: { code: "model_rejected" } }],
			["is asked with a bad key", "bad-key", { outcome: "failed", problem: { code: "model_rejected" } }],
			["declines", "refusal", { outcome: "failed", problem: { code: "model_refused" } }],
		])("ends a turn at once with a plain problem when the model %s", async (_what, script, expected) => {
			const { conversationId } = await open();
			const { end, events } = await turn(conversationId, toPrompt(`SCRIPT:${script}`));
			expect(end).toMatchObject(expected);
			expect(events.at(-1)?.type).toBe("agent.error");
			expect(events.map(({ type }) => type)).not.toContain("agent.retrying");
		});

		test.each(["overload", "nonsense", "cut"])(
			"tries again by itself after: %s, and says that it waits",
			async (script) => {
				const { conversationId } = await open();
				const prompt = toPrompt(`SCRIPT:${script}`);
				await connection.send({ conversationId, prompt, attempt: 1 });
				const retrying = Promise.withResolvers<AgentEvent>();
				const { end } = follow(conversationId, prompt, {
					onEvent: (event) => event.type === "agent.retrying" && retrying.resolve(event),
				});
				expect(await retrying.promise).toMatchObject({ data: { promptId: prompt.promptId, attempt: 1 } });
				await connection.abort(conversationId);
				expect(await end).toEqual({ outcome: "stopped" });
			},
		);

		test("says that the rate limit is used up when trying again did not help", async () => {
			const { conversationId } = await open();
			const { end } = await turn(conversationId, toPrompt("SCRIPT:rate-limit"));
			expect(end).toMatchObject({
				outcome: "failed",
				problem: { code: "model_rate_limited", retryable: true },
			});
		});

		test("opens a pull request through the gateway, and reads a refusal", async () => {
			const { conversationId } = await open();
			const { events } = await turn(conversationId, toPrompt("SCRIPT:pull-request"));
			expect(fixture.pullRequests.at(-1)).toMatchObject({ branch: "bobbin/1a2b3c4d-test", title: "A title" });
			const finished = events.filter((event) => event.type === "tool.finished").map((event) => event.data);
			expect(finished).toEqual([
				expect.objectContaining({ outcome: "done", output: expect.stringContaining("#7") }),
				expect.objectContaining({ outcome: "failed", output: expect.stringContaining("bobbin/1a2b3c4d-") }),
			]);
		});

		// A second start of the agent on a machine that is busy with other tests.
		test("a killed server interrupts the turn; a second attempt goes on in the same conversation", async () => {
			const { conversationId } = await open();
			const prompt = toPrompt("SCRIPT:crash");
			await connection.send({ conversationId, prompt, attempt: 1 });
			let crashed: Promise<void> | null = null;
			const { end } = follow(conversationId, prompt, {
				onEvent(event) {
					if (event.type === "tool.progress") crashed ??= fixture.crashServer();
				},
			});
			expect(await end).toMatchObject({ outcome: "interrupted", problem: { retryable: true } });
			await crashed;
			await connection.close();
			connection = await connect();
			expect(await open(conversationId)).toEqual({ conversationId });
			expect(await connection.send({ conversationId, prompt, attempt: 1 })).toEqual({
				outcome: "already_there",
			});
			expect(await follow(conversationId, prompt).end).toMatchObject({ outcome: "interrupted" });
			const second = await turn(conversationId, { ...prompt, text: "SCRIPT:hello" }, 2);
			expect(second.sent).toEqual({ outcome: "sent" });
			expect(second.end).toEqual({ outcome: "done", answer: "Hello there." });
			const said = JSON.stringify(fixture.model.requests.at(-1)?.body.messages);
			expect(said).toContain("was interrupted");
		});
	});
}

function toScripts(directory: string): Record<string, Step[]> {
	const bash = (command: string) => ({ tool: "bash", input: { command, description: "a command" } });
	return {
		hello: [[{ text: "Hello there." }]],
		again: [[{ text: "Again." }]],
		ask: [
			[
				{
					tool: "question",
					input: {
						questions: [
							{
								question: "Cents or euros?",
								header: "Unit",
								options: [
									{ label: "Cents", description: "As today" },
									{ label: "Euros", description: "" },
								],
							},
							{
								question: "Where?",
								header: "Place",
								options: [{ label: "Cart", description: "The cart page" }],
								multiple: true,
							},
						],
					},
				},
			],
			[{ text: "Cents it is." }],
		],
		work: [
			[
				{ thinking: "Which file is it?" },
				{ text: "I read the file first." },
				{ tool: "read", input: { filePath: `${directory}/a.txt` } },
			],
			[{ tool: "edit", input: { filePath: `${directory}/a.txt`, oldString: "hello", newString: "HELLO" } }],
			[bash("git add -A && git commit -qm 'test: greet louder' && git log --oneline")],
			[
				{
					tool: "todowrite",
					input: {
						todos: [
							{ content: "one", status: "completed", priority: "high" },
							{ content: "two", status: "in_progress", priority: "low" },
						],
					},
				},
			],
			[{ tool: "write", input: { filePath: `${directory}/new/b.txt`, content: "one\ntwo\n" } }],
			[{ tool: "write", input: { filePath: `${directory}/a.txt`, content: "x\ny\n" } }],
			[{ tool: "glob", input: { pattern: "**/*.txt" } }],
			[{ text: "All done." }],
		],
		slow: [
			[{ text: "It takes a while." }, bash("echo begun; sleep 1.5; echo over")],
			[{ text: "Slow is done." }],
		],
		sleep: [[bash("echo started; sleep 4567")], [{ text: "Never said." }]],
		crash: [[bash("echo started; sleep 30")], [{ text: "Never said." }]],
		hang: ["hang"],
		"bad-request": [{ status: 400, type: "invalid_request_error" }],
		"bad-key": [{ status: 401, type: "authentication_error" }],
		overload: [{ status: 529, type: "overloaded_error", headers: { "retry-after": "1" } }],
		"rate-limit": [{ status: 429, type: "rate_limit_error", headers: { "retry-after-ms": "50" } }],
		cut: ["cut"],
		refusal: ["refusal"],
		nonsense: ["nonsense"],
		"pull-request": [
			[
				{
					tool: "open_pull_request",
					input: { branch: "bobbin/1a2b3c4d-test", title: "A title", body: "Words" },
				},
			],
			[{ tool: "open_pull_request", input: { branch: "main", title: "A title", body: "Words" } }],
			[{ text: "Opened." }],
		],
	};
}
