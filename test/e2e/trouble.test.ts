import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createTestDatabase } from "../harness/database.ts";
import { findAgentProcess } from "../harness/find-agent.ts";
import { joinPlayground, type PlaygroundHuman } from "../harness/playground-client.ts";
import { type Points, watchPoints } from "../harness/points.ts";
import { startApp, type TestApp } from "../harness/start-app.ts";
import { openThread, type ThreadUser, visibleText } from "../harness/thread.ts";
import { createVendorFaults } from "../harness/vendor-faults.ts";

const RETRY = /^retry_prompt$/;
const QUESTION = "what does the cart do?";
const TOOL_TIMEOUT_MS = 60_000;

// A turn may take as long as this where the machine is busy.
vi.setConfig({ testTimeout: 90_000 });

const database = await createTestDatabase();
let app: TestApp;
let faults: ReturnType<typeof createVendorFaults>;
let points: Points;
let mia: PlaygroundHuman;

beforeAll(async () => {
	points = await watchPoints(database);
	app = await startApp({ DATABASE_URL: database.url, LOG_LEVEL: "fatal" });
	faults = createVendorFaults(app.origin);
	mia = await joinPlayground(app.origin, "mia");
});

afterAll(async () => {
	mia?.close();
	await points?.stop();
	await app?.remove();
	await database.drop();
});

const ask = (repository: string, words: string) =>
	openThread(mia, "general", `@bobbin ${words} (in ${repository})`);

async function readFailure(thread: ThreadUser): Promise<string> {
	const said = await thread.untilSaid(/That did not work/);
	return visibleText(said);
}

interface Session {
	branch: string;
	attempt: number;
	sandbox: string;
}

async function readSession(thread: ThreadUser): Promise<Session | undefined> {
	const { rows } = await database.pool.query<Session>(
		`select s.branch, attempt, b.name as sandbox from sessions s join threads t on t.session_id = s.id
		 join prompts p on p.session_id = s.id left join sandboxes b on b.session_id = s.id where thread_ts = $1`,
		[thread.threadTs],
	);
	return rows[0];
}

/** Lays a tiny disk over the folder of the sandboxes; their tools stay visible. Gives the way to end it. */
function fillDisk(folder: string): () => void {
	const tools = join(folder, "tools");
	const kept = `${folder}-tools`;
	const done: string[][] = [];
	const mount = (target: string, ...args: string[]) => {
		mkdirSync(target, { recursive: true });
		execFileSync("mount", [...args, target]);
		done.unshift([target]);
	};
	mount(kept, "--bind", tools);
	mount(folder, "-t", "tmpfs", "-o", "size=24k,mode=755", "tmpfs");
	mount(tools, "--bind", kept);
	return () => {
		for (const target of done) execFileSync("umount", ["-l", ...target]);
	};
}

describe("a model that fails", () => {
	let thread: ThreadUser;

	test("by refusing is told with what to do, and Retry works", async () => {
		await faults.model({ for: "agent", refusal: true });
		thread = await ask("acme/web-shop", QUESTION);
		await thread.untilMarked("x");
		expect(await readFailure(thread)).toMatch(/declined.*Say it differently/);
		await thread.click(RETRY);
		await thread.untilMarked("white_check_mark");
		await thread.untilSaid(/These fit your question/);
	});

	test("by not taking the request is told, and the next prompt works", async () => {
		await faults.model({ for: "agent", status: 400 });
		const refused = await thread.reply(mia, QUESTION);
		await thread.untilMarked("x", refused);
		expect(await readFailure(thread)).toMatch(/refused the request \(HTTP 400\)/);
		const next = await thread.reply(mia, QUESTION);
		await thread.untilMarked("white_check_mark", next);
	});

	test("for a moment, in every way there is, holds nothing up", async () => {
		await faults.model(
			...[
				{ status: 529, retryAfterSeconds: 0 },
				{ nonsense: true },
				{ malformedTool: true },
				{ cutAfterBytes: 300 },
			].map((fault) => ({ for: "agent", ...fault })),
		);
		const prompt = await thread.reply(mia, QUESTION);
		await thread.untilMarked("white_check_mark", prompt);
	});
});

test("an agent that dies in mid-turn is started again and goes on", async () => {
	const started = points.next("events tool.started", TOOL_TIMEOUT_MS);
	const thread = await ask("acme/web-shop", "fix the pagination");
	await started;
	const { sandbox = "" } = (await readSession(thread)) ?? {};
	const agent = findAgentProcess(join(app.dataDir, "sandboxes", "sandboxes", sandbox));
	expect(agent).not.toBeNull();
	process.kill(agent ?? 0, "SIGKILL");
	await thread.untilMarked("white_check_mark");
	expect((await readSession(thread))?.attempt).toBeGreaterThan(1);
	const messages = await thread.read();
	expect(messages.filter(({ text }) => text.startsWith("Pull request"))).toHaveLength(1);
});

test("a push that GitHub refuses is told", async () => {
	const started = points.next("events tool.started", TOOL_TIMEOUT_MS);
	const thread = await ask("acme/docs-site", "fix the broken links");
	await started;
	const branch = (await readSession(thread))?.branch;
	await faults.github("PUT", `/repos/acme/docs-site/branches/${branch}/protection`, {
		required_status_checks: null,
		required_pull_request_reviews: null,
		enforce_admins: null,
		restrictions: null,
	});
	await thread.untilMarked("white_check_mark");
	await thread.untilSaid(/push was refused, so there is no pull request[\s\S]*Protected branch/);
});

test("GitHub that cannot be reached, and then a repository that is gone, are told", async () => {
	await faults.git(1000);
	const thread = await ask("acme/py-pricing", "fix the tier limits");
	await thread.untilMarked("x");
	expect(await readFailure(thread)).toMatch(/could not be reached to fetch acme\/py-pricing/);
	await faults.git(0);
	await faults.github("DELETE", "/repos/acme/py-pricing");
	await thread.click(RETRY);
	await thread.untilSaid(/gone, or Bobbin's GitHub App has no access/);
	await thread.untilMarked("x");

	const other = await ask("acme/py-pricing", "fix the tier limits");
	await other.untilSaid(/acme\/py-pricing is not mine to read: it is gone/);
});

test.runIf(process.getuid?.() === 0)(
	"a full disk is told, and Retry works when there is room again",
	async () => {
		const release = fillDisk(join(app.dataDir, "sandboxes"));
		let thread: ThreadUser;
		try {
			thread = await ask("acme/docs-site", "where is the guide?");
			await thread.untilMarked("x");
			expect(await readFailure(thread)).toMatch(/disk space.*Free some space/);
		} finally {
			release();
		}
		await thread.click(RETRY);
		await thread.untilMarked("white_check_mark");
	},
);

test("an archived repository is told", async () => {
	await faults.github("PATCH", "/repos/acme/docs-site", { archived: true });
	const thread = await ask("acme/docs-site", "fix the broken links");
	await thread.untilSaid(/acme\/docs-site is archived at GitHub, so nothing can be changed there. Unarchive it/);
});

test("Slack refused nothing of all that", async () => {
	expect(await faults.slackRefusals()).toEqual([]);
});
