import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AppProcess, createAppProcess } from "../harness/app-process.ts";
import { createTestDatabase } from "../harness/database.ts";
import { eventually } from "../harness/eventually.ts";
import { joinPlayground, type PlaygroundHuman } from "../harness/playground-client.ts";
import { withSandboxes } from "../harness/sandbox-access.ts";
import { startScriptedModel } from "../harness/scripted-model.ts";
import { openThread, type ThreadUser, visibleText } from "../harness/thread.ts";
import { createVendorFaults } from "../harness/vendor-faults.ts";

const FILE = "/home/agent/repo/notes.md";

const database = await createTestDatabase();
const model = await startScriptedModel({
	write: [[{ tool: "write", input: { filePath: FILE, content: "not committed" } }], [{ text: "Written." }]],
	read: [[{ tool: "read", input: { filePath: FILE } }], [{ text: "Read." }]],
	"read-and-write": [
		[{ tool: "read", input: { filePath: FILE } }],
		[{ tool: "write", input: { filePath: FILE, content: "not committed either" } }],
		[{ text: "Read and written." }],
	],
});
let app: AppProcess;
let mia: PlaygroundHuman;
let thread: ThreadUser;

beforeAll(async () => {
	app = await createAppProcess({
		DATABASE_URL: database.url,
		LOG_LEVEL: "fatal",
		ANTHROPIC_BASE_URL: model.url,
	});
	await app.start();
	mia = await joinPlayground(app.origin, "mia");
});

afterAll(async () => {
	mia?.close();
	await app?.remove();
	await model.stop();
	await database.drop();
});

async function query<Row extends object>(text: string): Promise<Row[]> {
	return (await database.pool.query<Row>(text, [thread.threadTs])).rows;
}

const OF_THREAD = "join threads t using (session_id) where t.thread_ts = $1";

/** Resolves when the newest snapshot holds the last change, and is the only one. */
async function untilKept(): Promise<void> {
	await eventually(async () => {
		const rows = await query<{ state: string; behind: boolean }>(
			`select x.state, x.seq < (select max(seq) from events e where e.session_id = x.session_id
				and type = 'file.changed') as behind
			 from session_snapshots x ${OF_THREAD} and x.state <> 'deleted'`,
		);
		expect(rows).toEqual([{ state: "ready", behind: false }]);
	});
}

async function readSandbox(): Promise<string> {
	const [row] = await query<{ name: string }>(
		`select name from sandboxes ${OF_THREAD} and deleted_at is null`,
	);
	return row?.name ?? "none";
}

async function ask(words: string): Promise<void> {
	const prompt = await thread.reply(mia, words);
	await thread.untilMarked("white_check_mark", prompt);
}

async function readStart(): Promise<string | undefined> {
	const [start] = await query<{ sandbox: string }>(
		`select startup->>'sandbox' as sandbox from prompts ${OF_THREAD} order by number desc limit 1`,
	);
	return start?.sandbox;
}

/** Asks a follow-up: its sandbox must be a restored one, with the file that was not committed and all that was said. */
async function expectRestored(script: string): Promise<void> {
	await ask(`what did I say? SCRIPT:${script}`);
	expect(await readStart()).toBe("restored");
	const ofAgent = model.requests.findLast(({ body }) => body.tools?.length);
	const request = JSON.stringify(ofAgent?.body.messages);
	expect(request).toContain("remember the mango");
	expect(request).toContain("1: not committed");
	// Its own conversation, not our telling of it.
	expect(request).not.toContain("You had answered");
}

test("after days the sandbox is deleted, and a follow-up restores it, in another process than before", async () => {
	thread = await openThread(mia, "general", "@bobbin remember the mango SCRIPT:write (in acme/web-shop)");
	await thread.untilMarked("white_check_mark");
	await untilKept();
	const name = await readSandbox();
	await app.kill();
	await query(
		`update prompts set finished_at = now() - interval '4 days'
		 where session_id = (select session_id from threads where thread_ts = $1)`,
	);
	await app.start();
	await eventually(async () => expect(await readSandbox()).toBe("none"));
	expect(await withSandboxes(app.dataDir, (provider) => provider.get(name))).toBeNull();
	await expectRestored("read-and-write");
});

test("a sandbox that is deleted behind our back is restored with the next prompt", async () => {
	await untilKept();
	const name = await readSandbox();
	await withSandboxes(app.dataDir, (provider) => provider.delete(name));
	await expectRestored("read");
});

test("a sandbox that was stopped goes on with another token", async () => {
	const readToken = () =>
		query<{ token_hash: string }>(`select token_hash from sandboxes ${OF_THREAD} and deleted_at is null`);
	const before = await readToken();
	const name = await readSandbox();
	await withSandboxes(app.dataDir, (provider) => provider.stop(name));
	await ask("and now? SCRIPT:read");
	expect(await readStart()).toBe("stopped");
	expect(await readSandbox()).toBe(name);
	expect(await readToken()).not.toEqual(before);
});

test("where no snapshot can be taken the work goes to a branch, and the sandbox stays", async () => {
	const folder = join(app.dataDir, "sandboxes", "snapshots");
	const before = await readSandbox();
	await rename(folder, `${folder}-away`);
	await writeFile(folder, "no folder");
	try {
		await ask("once more SCRIPT:write");
		const said = await thread.untilSaid(/No snapshot of the sandbox could be taken/);
		const branch = /bobbin\/wip\/[0-9a-f]{8}/.exec(visibleText(said))?.[0];
		const github = createVendorFaults(app.origin);
		const compared = (await github.github("GET", `/repos/acme/web-shop/compare/main...${branch}`)) as {
			commits: { commit: { message: string } }[];
			files: { filename: string }[];
		};
		expect(compared.commits.at(-1)?.commit.message).toBe("Work in progress, kept by Bobbin");
		expect(compared.files.map(({ filename }) => filename)).toEqual(["notes.md"]);
		await ask("once more SCRIPT:write");
		await eventually(async () =>
			expect(
				await query(`select 1 from session_snapshots x ${OF_THREAD} and x.state = 'failed'`),
			).toHaveLength(2),
		);
		expect(await readSandbox()).toBe(before);
		const lines = (await thread.read()).filter(({ text }) => /No snapshot/.test(text));
		expect(lines).toHaveLength(1);
		expect(await github.slackRefusals()).toEqual([]);
	} finally {
		await rm(folder);
		await rename(`${folder}-away`, folder);
	}
});
