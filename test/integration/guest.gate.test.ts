import { readFile } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { AgentConnection } from "../../src/agent/agent.ts";
import { openPort } from "../../src/agent/open-port.ts";
import type { AgentEvent } from "../../src/contract/event.ts";
import type { TurnEnd, TurnPrompt } from "../../src/sessions/ports.ts";
import { openGate } from "../../src/sessions/turn/change-gate.ts";
import { PATIENCE_MS } from "../config/patience.ts";
import { startLocalAgent } from "../harness/local-agent.ts";
import type { Step } from "../harness/scripted-model.ts";

let fixture: Awaited<ReturnType<typeof startLocalAgent>>;
let connection: AgentConnection;
let prompts = 0;

beforeAll(async () => {
	fixture = await startLocalAgent(toScripts);
});
beforeEach(async () => {
	connection = await fixture.driver.connect(fixture.target, AbortSignal.timeout(PATIENCE_MS));
});
afterEach(() => connection?.close());
afterAll(() => fixture?.stop());

/** A turn that has begun, in front of a closed gate. */
async function begin(script: string) {
	prompts += 1;
	const seen = fixture.model.requests.length;
	const prompt: TurnPrompt = {
		promptId: `00000000-0000-4000-8000-${String(prompts).padStart(12, "0")}`,
		text: `SCRIPT:${script}`,
		author: { name: "Ada Byron", email: "ada@example.com" },
		context: "Repository: acme/shop",
		files: [],
	};
	const { conversationId } = await connection.openConversation({ conversationId: null, title: "A test" });
	await connection.send({ conversationId, prompt, attempt: 1 });
	const events: AgentEvent[] = [];
	const heard: (() => void)[] = [];
	const end: Promise<TurnEnd> = connection.follow({
		conversationId,
		promptId: prompt.promptId,
		attempt: 1,
		signal: AbortSignal.timeout(PATIENCE_MS),
		onEvent(event) {
			events.push(event);
			for (const look of heard) look();
		},
	});
	end.catch(() => {});
	return {
		conversationId,
		promptId: prompt.promptId,
		events,
		end,
		open: (report: { moved?: boolean; notes?: string[]; readOnly?: boolean } = {}) =>
			openGate(
				{ sandboxes: fixture.provider },
				{ info: fixture.target.sandbox },
				{ promptId: prompt.promptId, attempt: 1 },
				{ moved: false, notes: [], readOnly: false, ...report },
			),
		until: (matches: (event: AgentEvent) => boolean) =>
			new Promise<void>((resolve) => {
				const look = () => events.some(matches) && resolve();
				heard.push(look);
				look();
			}),
		/** The helper has been told what to do by the model. */
		helping: () =>
			expect
				.poll(() =>
					fixture.model.requests
						.slice(seen)
						.some(({ body }) => JSON.stringify(body.messages).includes("SCRIPT:helping")),
				)
				.toBe(true),
		finished: () =>
			events.flatMap((event) =>
				event.type === "tool.finished" ? [`${event.data.tool} ${event.data.outcome}`] : [],
			),
	};
}

const started = (tool: string) => (event: AgentEvent) =>
	event.type === "tool.started" && event.data.tool === tool;
const ended = (tool: string) => (event: AgentEvent) =>
	event.type === "tool.finished" && event.data.tool === tool;

async function inCheckout(command: string): Promise<string> {
	const { provider, target } = fixture;
	const done = await provider.exec(target.sandbox.id, { command, cwd: target.directory, timeoutMs: 60_000 });
	return done.stdout.trim();
}

/** Time in which whatever is let through has long been done: whole turns of another conversation. */
async function whileOthersWork(): Promise<void> {
	for (let count = 0; count < 2; count++) {
		const { conversationId } = await connection.openConversation({ conversationId: null, title: "Beside" });
		expect(conversationId).toMatch(/^ses_/);
		await inCheckout("sleep 0.2");
	}
}

describe("before the sync", () => {
	test("reads run, and every tool that could change something waits and is done right after it", async () => {
		const turn = await begin("everything");
		await Promise.all(
			["edit", "bash", "write", "open_pull_request"].map((tool) => turn.until(started(tool))),
		);
		await turn.until(ended("read"));
		await turn.until(ended("grep"));
		await whileOthersWork();
		expect(turn.finished().sort()).toEqual(["grep done", "read done"]);
		expect(await inCheckout("cat a.txt; ls")).toBe("hello\nAGENTS.md\na.txt");
		expect(fixture.pullRequests).toEqual([]);

		await turn.open();
		expect(await turn.end).toEqual({ outcome: "done", answer: "All done." });
		expect(turn.finished().sort()).toEqual([
			"bash done",
			"edit done",
			"grep done",
			"open_pull_request done",
			"read done",
			"write done",
		]);
		expect(await inCheckout("cat a.txt b.txt c.txt")).toBe("HELLO\nfrom bash\nfrom write");
		await inCheckout("git checkout -q . && git clean -qfd");
	});

	test("an edit of a helper waits as well, and the sync of an earlier turn opens nothing", async () => {
		const turn = await begin("helper");
		await turn.helping();
		await whileOthersWork();
		expect(await inCheckout("cat a.txt")).toBe("hello");
		await turn.open();
		expect(await turn.end).toMatchObject({ outcome: "done" });
		expect(await inCheckout("cat a.txt")).toBe("HELPED");
		await inCheckout("git checkout -q .");
	});

	test("a turn that may only read changes and runs nothing, however long it waits", async () => {
		const opened = fixture.pullRequests.length;
		const turn = await begin("everything");
		await turn.open({ readOnly: true });
		expect(await turn.end).toMatchObject({ outcome: "done" });
		expect(turn.finished().sort()).toEqual([
			"bash failed",
			"edit failed",
			"grep done",
			"open_pull_request failed",
			"read done",
			"write failed",
		]);
		expect(await inCheckout("cat a.txt; ls")).toBe("hello\nAGENTS.md\na.txt");
		expect(fixture.pullRequests).toHaveLength(opened);
	});

	test.each([
		["edit", "edit"],
		["edit of a helper", "helper-of-nobody"],
	])("an abort drops the waiting %s: it never happens, whatever comes later", async (_what, script) => {
		const turn = await begin(script);
		await (script === "edit" ? turn.until(started("edit")) : turn.helping().then(whileOthersWork));
		await connection.abort(turn.conversationId);
		expect(await turn.end).toEqual({ outcome: "stopped" });
		await turn.open();
		const next = await begin("bash");
		await next.open();
		expect(await next.end).toMatchObject({ outcome: "done" });
		expect(await inCheckout("cat a.txt b.txt")).toBe("hello\nfrom bash");
		await inCheckout("git clean -qfd");
	});

	test("an abort in the middle of a helper's model call ends the whole turn", async () => {
		const turn = await begin("thinking-helper");
		await turn.helping();
		await connection.abort(turn.conversationId);
		expect(await turn.end).toEqual({ outcome: "stopped" });
		expect(await inCheckout("cat a.txt")).toBe("hello");
	});

	test("no other way of the server leads to a shell", async () => {
		const turn = await begin("edit");
		await turn.until(started("edit"));
		const { provider, target } = fixture;
		const { sandbox, directory } = target;
		const port = openPort(await provider.portTarget(sandbox.id, 4096));
		const password = new TextDecoder().decode(
			await provider.readFile(sandbox.id, `${sandbox.secretsDir}/agent-password`),
		);
		const leaving = new AbortController();
		const call = (path: string, body: object, signed = true) =>
			port.fetch(`${port.origin}${path}?directory=${encodeURIComponent(directory)}`, {
				method: "POST",
				headers: {
					"content-type": "application/json",
					...(signed
						? { authorization: `Basic ${Buffer.from(`opencode:${password}`).toString("base64")}` }
						: {}),
				},
				body: JSON.stringify(body),
				signal: leaving.signal,
			});
		const terminal = { command: "touch", args: ["terminal.txt"], cwd: directory };
		const { conversationId } = await connection.openConversation({ conversationId: null, title: "Shell" });
		const shell = { agent: "build", command: "touch shell.txt" };
		expect((await call("/pty", terminal, false)).status).toBe(401);
		expect((await call(`/session/${conversationId}/shell`, shell, false)).status).toBe(401);
		const answers = [call("/pty", terminal), call(`/session/${conversationId}/shell`, shell)];
		for (const answer of answers) answer.catch(() => {});
		await whileOthersWork();
		expect(await inCheckout("ls")).toBe("AGENTS.md\na.txt");
		await turn.open();
		await turn.end;
		await Promise.all(answers);
		await expect.poll(() => inCheckout("ls")).toBe("AGENTS.md\na.txt\nshell.txt\nterminal.txt");
		leaving.abort();
		await port.close();
		await inCheckout("git checkout -q . && git clean -qfd");
	});
});

describe("what the sync found", () => {
	test("is told once, behind a tool's result, with a warning to whoever has read old files", async () => {
		const turn = await begin("read-then-edit");
		await turn.until(ended("read"));
		await turn.until(started("edit"));
		await turn.open({ moved: true, notes: ["Somebody force-pushed the branch."] });
		expect(await turn.end).toMatchObject({ outcome: "done" });
		const messages = JSON.stringify(fixture.model.requests.at(-1)?.body.messages);
		expect(messages.match(/<bobbin-note>Somebody force-pushed the branch\.<\/bobbin-note>/g)).toHaveLength(1);
		expect(messages.match(/what you read in this turn so far may be old/g)).toHaveLength(1);
		await inCheckout("git checkout -q . && git clean -qfd");
	});
});

describe("hooks of the repository", () => {
	const keepOut = new URL("../../sandbox/guest/examples/keep-out.js", import.meta.url);

	async function addHook(name: string, text: string): Promise<void> {
		const { provider, target } = fixture;
		await provider.writeFile(target.sandbox.id, `${target.directory}/.bobbin/hooks/${name}`, text);
	}
	const said = () => JSON.stringify(fixture.model.requests.at(-1)?.body.messages);

	afterEach(async () => {
		await inCheckout("git checkout -q . && git clean -qfd");
	});

	test("block a call, change one and add words, and one that throws stops no other", async () => {
		await addHook("10-throws.js", "export default { beforeTool() { throw new Error('no luck'); } };");
		await addHook("20-keep-out.js", await readFile(keepOut, "utf8"));
		await addHook(
			"30-change.js",
			`export default {
				beforeTool({ tool, args }) {
					if (tool === "bash") return { args: { command: args.command + " && echo changed >> b.txt" } };
				},
				afterTool({ tool, output }) {
					if (tool === "read") return { context: "this file has " + output.length + " characters and an owner" };
				},
			};`,
		);
		const turn = await begin("hooked");
		await turn.open();
		expect(await turn.end).toMatchObject({ outcome: "done" });
		expect(turn.finished()).toEqual(["write failed", "bash done", "read done"]);
		expect(said()).toContain("Blocked by .bobbin/hooks/20-keep-out.js: vendor/ is generated.");
		expect(said()).toContain("30-change.js changed this call: command.");
		expect(await inCheckout("cat b.txt; ls")).toBe("from bash\nchanged\nAGENTS.md\na.txt\nb.txt");
		expect(said()).toMatch(/30-change\.js: this file has \d+ characters and an owner/);
		expect(said().match(/10-throws\.js failed: Error: no luck/g)).toHaveLength(1);
	});

	test("are not run before the sync, see a helper's calls, and are gone when the turn is over", async () => {
		const settings = "Object.keys(process.env).filter((key) => /^(BOBBIN|OPENCODE)_/.test(key))";
		await addHook(
			"log.js",
			`import { appendFileSync } from "node:fs";
			appendFileSync("log.txt", "begun " + JSON.stringify(${settings}) + "\\n");
			export default { beforeTool: ({ tool }) => appendFileSync("log.txt", tool + "\\n") };`,
		);
		const turn = await begin("helper");
		await turn.helping();
		await whileOthersWork();
		expect(await inCheckout("cat log.txt")).toBe("");
		await turn.open();
		await turn.end;
		expect(await inCheckout("cat log.txt")).toBe("begun []\nedit");
		await expect.poll(() => inCheckout("pgrep -fc '[r]un-hook.mjs'")).toBe("0");
	});
});

function toScripts(directory: string): Record<string, Step[]> {
	const file = (name: string) => `${directory}/${name}`;
	const edit = (to: string) => ({
		tool: "edit",
		input: { filePath: file("a.txt"), oldString: "hello", newString: to },
	});
	const read = { tool: "read", input: { filePath: file("a.txt") } };
	const bash = (command: string) => ({ tool: "bash", input: { command, description: "a command" } });
	const helper = (prompt: string) => ({
		tool: "task",
		input: { description: "help", prompt, subagent_type: "general" },
	});
	const done: Step = [{ text: "All done." }];
	return {
		everything: [
			[
				read,
				edit("HELLO"),
				bash("echo from bash > b.txt"),
				{ tool: "write", input: { filePath: file("c.txt"), content: "from write\n" } },
				{ tool: "open_pull_request", input: { branch: "bobbin/1a2b3c4d-test", title: "T", body: "B" } },
				{ tool: "grep", input: { pattern: "hello" } },
			],
			done,
		],
		edit: [[edit("HELLO")], done],
		bash: [[bash("echo from bash > b.txt")], done],
		"read-then-edit": [[read], [edit("HELLO")], [bash("echo from bash > b.txt")], done],
		hooked: [
			[{ tool: "write", input: { filePath: file("vendor/x.js"), content: "x" } }],
			[bash("echo from bash > b.txt")],
			[read],
			done,
		],
		helper: [[helper("SCRIPT:helping")], done],
		helping: [[{ text: "I am the helper." }, edit("HELPED")], done],
		// A turn that goes on after the abort would hang here.
		"helper-of-nobody": [[helper("SCRIPT:helping")], "hang"],
		"thinking-helper": [[helper("SCRIPT:helping-slowly")], "hang"],
		"helping-slowly": [[{ text: "I am thinking. ".repeat(50), pieceDelayMs: 50 }, edit("HELPED")], done],
	};
}
