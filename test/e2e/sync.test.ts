import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Startup } from "../../src/db/schema.ts";
import { createTestDatabase } from "../harness/database.ts";
import { describePlayground, joinPlayground, type PlaygroundHuman } from "../harness/playground-client.ts";
import { startApp, type TestApp } from "../harness/start-app.ts";
import { openThread, type ThreadUser, visibleText } from "../harness/thread.ts";
import { createVendorFaults } from "../harness/vendor-faults.ts";

// Turns take as long as this where the machine is busy.
vi.setConfig({ testTimeout: 90_000 });

const database = await createTestDatabase();
let app: TestApp;
let mia: PlaygroundHuman;
let thread: ThreadUser;
let dir: string;

beforeAll(async () => {
	dir = await mkdtemp(join(tmpdir(), "bobbin-e2e-sync-"));
	app = await startApp({ DATABASE_URL: database.url, LOG_LEVEL: "fatal" });
	mia = await joinPlayground(app.origin, "mia");
});
afterAll(async () => {
	mia?.close();
	await app?.remove();
	await database.drop();
	await rm(dir, { recursive: true, force: true });
});

/** What the thread's prompts began from, and what their tools gave back. */
async function readTurns() {
	const { rows } = await database.pool.query<{ startup: Startup | null; outputs: string[]; branch: string }>(
		`select p.startup, s.branch, array(
			select data ->> 'output' from events e
			where e.session_id = p.session_id and type = 'tool.finished' and data ->> 'promptId' = p.id::text order by seq
		) as outputs
		from prompts p join sessions s on s.id = p.session_id join threads t on t.session_id = s.id
		where t.thread_ts = $1 order by p.number`,
		[thread.threadTs],
	);
	return rows;
}

/** A colleague's git, at GitHub. */
async function git(command: string): Promise<string> {
	const { github } = await describePlayground(app.origin);
	const url = new URL(`${github.url}/acme/web-shop.git`);
	Object.assign(url, { username: "x-access-token", password: github.token });
	const { stdout } = await promisify(execFile)("bash", ["-ec", command], {
		cwd: dir,
		env: {
			PATH: process.env.PATH ?? "",
			HOME: dir,
			URL: url.href,
			GIT_AUTHOR_NAME: "Zoe",
			GIT_AUTHOR_EMAIL: "zoe@example.com",
			GIT_COMMITTER_NAME: "Zoe",
			GIT_COMMITTER_EMAIL: "zoe@example.com",
		},
	});
	return stdout.trim();
}

test("a turn's start is kept by phase, and told in the folded status", async () => {
	thread = await openThread(mia, "general", "@bobbin fix the pagination (in acme/web-shop)");
	await thread.untilMarked("white_check_mark");
	const said = await thread.untilSaid(/sandbox.* · \d+(\.\d)? (s|min).* to the model/);
	expect(visibleText(said)).toContain("Done");
	const [first] = await readTurns();
	const steps = first?.startup?.steps.map(({ step }) => step) ?? [];
	expect(steps).toEqual(expect.arrayContaining(["route", "queue", "sandbox", "agent", "prompt", "request"]));
	expect(steps.some((step) => step === "clone" || step === "sync")).toBe(true);
	const request = first?.startup?.steps.find(({ step }) => step === "request");
	expect((request?.startMs ?? 0) + (request?.durationMs ?? 0)).toBe(first?.startup?.totalMs);
});

test("a force-push to the session's branch is told to the agent, and nothing is forced over it", async () => {
	const branch = (await readTurns())[0]?.branch ?? "";
	await git(`git clone -q "$URL" shop && cd shop && git checkout -q ${branch}
		git commit -q --amend -m "fix: by somebody else" && git push -q --force origin ${branch}`);
	const rewritten = await git("git -C shop rev-parse HEAD");

	const reply = await thread.reply(mia, "fix the cart total");
	await thread.untilMarked("white_check_mark", reply);
	const second = (await readTurns())[1];
	const told = second?.outputs.filter((output) => output.includes("<bobbin-note>")) ?? [];
	expect(told).toEqual([expect.stringMatching(/Somebody force-pushed bobbin\/.*never force-push over it/)]);
	expect(await git(`git ls-remote "$URL" refs/heads/${branch} | cut -f1`)).toBe(rewritten);
	expect(second?.startup).toMatchObject({ sandbox: "running" });
	expect(second?.startup?.steps.map(({ step }) => step)).toContain("sync");
	await thread.untilSaid(/Running sandbox · .* to the model/);
});

test("GitHub that is away at a follow-up ends the turn with the reason, and Retry goes on", async () => {
	const faults = createVendorFaults(app.origin);
	await faults.git(1000);
	await faults.model({ for: "agent", delayMs: 3_000 });
	const reply = await thread.reply(mia, "fix the flaky checkout test");
	await thread.untilMarked("x", reply);
	await thread.untilSaid(/GitHub could not be reached to fetch acme\/web-shop/);
	await faults.git(0);
	await faults.model();
	await thread.click(/^retry_prompt$/);
	await thread.untilMarked("white_check_mark", reply);
});
