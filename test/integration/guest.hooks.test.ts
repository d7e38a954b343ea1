import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PATIENCE_MS } from "../config/patience.ts";

interface Hook {
	ask(event: string, call: object): Promise<{ block?: string; args?: object; context?: string }>;
	end(): void;
}
interface Groups {
	hooks: Record<string, (input: object, output?: object) => Promise<void>>;
}

// Plain JavaScript that OpenCode loads: it has no types.
const load = (name: string) => import(new URL(`../../sandbox/guest/plugin/${name}.js`, import.meta.url).href);
const { startHook } = await load("hook-process");
const { createTeamHooks } = await load("team-hooks");
const { createSyncGate } = await load("sync-gate");

const CALL = { tool: "bash", args: { command: "ls" } };
/** Enough for a start on a busy machine; what hangs is given up soon. */
const limits = { startMs: PATIENCE_MS, callMs: PATIENCE_MS };

let directory: string;
let hooks: Hook[];
const told: string[] = [];

beforeEach(async () => {
	directory = await mkdtemp(join(tmpdir(), "bobbin-hooks-"));
	await mkdir(join(directory, ".bobbin/hooks"), { recursive: true });
	hooks = [];
	told.length = 0;
});
afterEach(async () => {
	for (const hook of hooks) hook.end();
	await rm(directory, { recursive: true, force: true });
});

async function start(text: string, own: Partial<typeof limits> = {}): Promise<Hook> {
	const name = `.bobbin/hooks/hook-${hooks.length}.js`;
	await writeFile(join(directory, name), text);
	const hook = startHook({
		name,
		directory,
		tell: (words: string) => told.push(words),
		limits: { ...limits, ...own },
	});
	hooks.push(hook);
	return hook;
}

describe("one hook", () => {
	test.each([
		["an object", "export default { beforeTool: ({ tool, args }) => ({ block: tool + args.command }) };"],
		[
			"functions by name",
			"export async function beforeTool({ tool, args }) { return { block: tool + args.command }; }",
		],
		["CommonJS", "module.exports = { beforeTool: ({ tool, args }) => ({ block: tool + args.command }) };"],
		[
			"an object, and prints much",
			"console.log('{\"id\":1,\"answer\":{}}'); export default { beforeTool: ({ tool, args }) => { console.log('hm'); return { block: tool + args.command }; } };",
		],
	])("that exports %s answers, and is not asked for what it has not", async (_what, text) => {
		const hook = await start(text);
		expect(await hook.ask("beforeTool", CALL)).toEqual({ block: "bashls" });
		expect(await hook.ask("afterTool", CALL)).toEqual({});
		expect(told).toEqual([]);
	});

	test("says only what a hook may say, and not too much of it", async () => {
		const hook = await start(
			"export default { beforeTool: () => ({ block: 7, args: [1], open: true, context: 'x'.repeat(9000) }), afterTool: () => 'yes' };",
		);
		expect(await hook.ask("beforeTool", CALL)).toEqual({ context: "x".repeat(4000) });
		expect(await hook.ask("afterTool", CALL)).toEqual({});
	});

	test("that throws is told once and asked again", async () => {
		const hook = await start(
			"let n = 0; export default { beforeTool() { if (n++ < 2) throw new Error('no'); return { block: 'third' }; } };",
		);
		expect(await hook.ask("beforeTool", CALL)).toEqual({});
		expect(await hook.ask("beforeTool", CALL)).toEqual({});
		expect(await hook.ask("beforeTool", CALL)).toEqual({ block: "third" });
		expect(told).toEqual(["The hook .bobbin/hooks/hook-0.js failed: Error: no"]);
	});

	test.each([
		["cannot be read by Node", "export default {", /failed: SyntaxError/],
		["throws at its start", "throw new Error('early')", /failed: Error: early/],
		[
			"exports something else",
			"export default 5;",
			/failed: it exports no object with beforeTool or afterTool/,
		],
		["ends the process", "export default { beforeTool() { process.exit(0); } };", /ended\. It is left out/],
		[
			"ends it later",
			"export default { beforeTool() { return new Promise((_, no) => setTimeout(() => { throw new Error('late') }, 1)); } };",
			/ended\. It is left out/,
		],
	])("that %s is told once and stops nothing", async (_what, text, words) => {
		const hook = await start(text);
		expect(await hook.ask("beforeTool", CALL)).toEqual({});
		expect(await hook.ask("beforeTool", CALL)).toEqual({});
		expect(told).toEqual([expect.stringMatching(words)]);
	});

	test.each([
		["for ever in a loop", "export default { beforeTool() { for (;;); } };"],
		["for an answer", "export default { beforeTool: () => new Promise(() => {}) };"],
	])("that waits %s is ended with what it began, and told once", async (_what, text) => {
		const pidFile = join(directory, "pid");
		const child = `import { spawn } from "node:child_process"; import { writeFileSync } from "node:fs";
			writeFileSync(${JSON.stringify(pidFile)}, String(spawn("sleep", ["4321"]).pid)); ${text}`;
		const hook = await start(child, { callMs: 300 });
		expect(await hook.ask("beforeTool", CALL)).toEqual({});
		expect(await hook.ask("beforeTool", CALL)).toEqual({});
		expect(told).toEqual([
			"The hook .bobbin/hooks/hook-0.js did not answer within 0.3 s. It is left out for the rest of this turn.",
		]);
		const pid = Number(await readFile(pidFile, "utf8"));
		await expect.poll(() => isAlive(pid)).toBe(false);
	});

	test("that never gets ready is left out", async () => {
		const hook = await start("await new Promise(() => setInterval(() => {}, 1000));", { startMs: 300 });
		expect(await hook.ask("beforeTool", CALL)).toEqual({});
		expect(told).toEqual([expect.stringContaining("did not answer within 0.3 s")]);
	});
});

describe("the hooks of a repository", () => {
	const notes = { add: (text: string) => told.push(text), clear: () => {} };
	const add = (name: string, text: string) => writeFile(join(directory, ".bobbin/hooks", name), text);

	test("run in the order of their names: each sees what the one before made of the call", async () => {
		await add(
			"b.js",
			"export default { beforeTool: ({ args }) => ({ args: { command: args.command + ' b' } }) };",
		);
		await add(
			"a.js",
			"export default { beforeTool: ({ args }) => ({ args: { command: args.command + ' a' } }) };",
		);
		await add("c.js", "export default { beforeTool: () => ({ context: 'read this', block: 'enough' }) };");
		await add("notes.txt", "no hook");
		const team: Groups = createTeamHooks({ directory, isSynced: () => true, notes, limits });
		const output = { args: { command: "ls", other: 1 } };
		await expect(team.hooks["tool.execute.before"]?.({ tool: "bash" }, output)).rejects.toThrow(
			"Blocked by .bobbin/hooks/c.js: enough",
		);
		expect(output.args).toEqual({ command: "ls a b", other: 1 });
		expect(told).toEqual([
			".bobbin/hooks/a.js changed this call: command.",
			".bobbin/hooks/b.js changed this call: command.",
			".bobbin/hooks/c.js: read this",
		]);
		await rest(team);
	});

	test("are ten at most, and none where there is no folder", async () => {
		for (let count = 10; count < 22; count++) await add(`${count}.js`, "export default { afterTool() {} };");
		const team: Groups = createTeamHooks({ directory, isSynced: () => true, notes, limits });
		await team.hooks["tool.execute.before"]?.(CALL, { args: {} });
		expect(told).toEqual([
			expect.stringContaining("20.js is left out"),
			expect.stringContaining("21.js is left out"),
		]);
		await rest(team);
		const none: Groups = createTeamHooks({ directory: tmpdir(), isSynced: () => true, notes, limits });
		await none.hooks["tool.execute.before"]?.(CALL, { args: {} });
	});

	const rest = async (team: Groups) => {
		await team.hooks.event?.({
			event: { type: "session.status", properties: { sessionID: "s", status: { type: "busy" } } },
		});
		await team.hooks.event?.({ event: { type: "session.idle", properties: { sessionID: "s" } } });
	};
});

describe("the gate", () => {
	const turn = { promptId: "p2", attempt: 1 };
	const pass = (gate: Groups, tool: string) => gate.hooks["tool.execute.before"]?.({ tool, sessionID: "s" });
	const make = (readSynced: () => object | null): Groups =>
		createSyncGate({
			readTurn: () => turn,
			readSynced,
			notes: { add: (text: string) => told.push(text) },
			limitMs: 100,
			pollMs: 5,
		});

	test("gives up after its time with a sentence", async () => {
		await expect(
			pass(
				make(() => null),
				"edit",
			),
		).rejects.toThrow(
			"still being brought up to date after 0 s, so nothing was changed. Read on, then try again.",
		);
	});

	test("holds a tool that nobody has heard of, and no tool that reads", async () => {
		const gate = make(() => null);
		await pass(gate, "read");
		await pass(gate, "task");
		await expect(pass(gate, "github_merge_everything")).rejects.toThrow("brought up to date");
	});

	test("is not opened by another turn's word, nor by another attempt's", async () => {
		for (const other of ["p1#1", "p2#2", ""]) {
			await expect(
				pass(
					make(() => ({ turn: other, moved: false, notes: [] })),
					"edit",
				),
			).rejects.toThrow();
		}
		await pass(
			make(() => ({ turn: "p2#1", moved: false, notes: ["a note"] })),
			"edit",
		);
		expect(told).toEqual(["a note"]);
	});
});

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}
