import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../harness/eventually.ts";
import { findAgentProcess } from "../harness/find-agent.ts";
import { type PlaygroundApp, startPlaygroundApp } from "../harness/playground-app.ts";
import { type Points, watchPoints } from "../harness/points.ts";
import { openThread, type ThreadUser, visibleText } from "../harness/thread.ts";

const RETRY = /^retry_prompt$/;
const QUESTION = "what does the cart do?";

let app: PlaygroundApp<"mia">;
let points: Points;

beforeAll(async () => {
	app = await startPlaygroundApp(["mia"]);
	points = await watchPoints(app.database);
});

afterAll(async () => {
	await points?.stop();
	await app?.remove();
});

const open = (repository: string, words: string) =>
	openThread(app.people.mia, "general", `@bobbin ${words} (in ${repository})`);

async function readFailure(thread: ThreadUser): Promise<string> {
	const said = await thread.untilSaid(/That did not work/);
	return visibleText(said);
}

interface Session {
	branch: string;
	attempt: number;
	sandbox: string;
}

/** A thread's session, as its newest prompt left it. */
async function readSession(thread: ThreadUser): Promise<Session> {
	const { rows } = await app.database.pool.query<Session>(
		`select s.branch, attempt, b.name as sandbox from sessions s join threads t on t.session_id = s.id
		 join prompts p on p.session_id = s.id join sandboxes b on b.session_id = s.id and b.deleted_at is null
		 where thread_ts = $1 order by p.number desc limit 1`,
		[thread.threadTs],
	);
	const [session] = rows;
	if (session === undefined) throw new Error("the thread has no session with a sandbox");
	return session;
}

/** Resolves when Bobbin has heard from GitHub what became of a repository. */
async function untilHeard(name: string, condition: "archived" | "removed_at is not null"): Promise<void> {
	const sql = `select 1 from repositories where name = $1 and ${condition}`;
	const heard = async () => expect((await app.database.pool.query(sql, [name])).rows).toHaveLength(1);
	await eventually(heard);
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

// One thread, in which one thing after the other goes wrong.
describe("in a thread", () => {
	let thread: ThreadUser | null = null;

	/** Asks in the thread, or begins it; gives the thread and the message. */
	async function ask(words: string): Promise<{ thread: ThreadUser; prompt: string }> {
		if (thread !== null) return { thread, prompt: await thread.reply(app.people.mia, words) };
		thread = await open("acme/web-shop", words);
		return { thread, prompt: thread.threadTs };
	}

	test.runIf(process.getuid?.() === 0)(
		"a full disk is told, and Retry works when there is room again",
		async () => {
			const release = fillDisk(join(app.dataDir, "sandboxes"));
			let asked: Awaited<ReturnType<typeof ask>>;
			try {
				asked = await ask(QUESTION);
				await asked.thread.untilMarked("x");
				expect(await readFailure(asked.thread)).toMatch(/disk space.*Free some space/);
			} finally {
				release();
			}
			await asked.thread.click(RETRY);
			await asked.thread.untilMarked("white_check_mark");
		},
	);

	test("a model that refuses is told with what to do, and Retry works", async () => {
		await app.faults.model({ for: "agent", refusal: true });
		const { thread, prompt } = await ask(QUESTION);
		await thread.untilMarked("x", prompt);
		expect(await readFailure(thread)).toMatch(/declined.*Say it differently/);
		await thread.click(RETRY);
		await thread.untilMarked("white_check_mark", prompt);
		await thread.untilSaid(/These fit your question/);
	});

	test("a model that does not take the request is told; failures of a moment hold the next prompt up by nothing", async () => {
		await app.faults.model({ for: "agent", status: 400 });
		const { thread, prompt: refused } = await ask(QUESTION);
		await thread.untilMarked("x", refused);
		expect(await readFailure(thread)).toMatch(/refused the request \(HTTP 400\)/);
		await app.faults.model(
			...[
				{ status: 529, retryAfterSeconds: 0 },
				{ nonsense: true },
				{ malformedTool: true },
				{ cutAfterBytes: 300 },
			].map((fault) => ({ for: "agent", ...fault })),
		);
		const { prompt } = await ask(QUESTION);
		await thread.untilMarked("white_check_mark", prompt);
	});

	test("a push that GitHub refuses is told", async () => {
		if (thread === null) throw new Error("there is no thread");
		const { branch } = await readSession(thread);
		await app.faults.github("PUT", `/repos/acme/web-shop/branches/${branch}/protection`, {
			required_status_checks: null,
			required_pull_request_reviews: null,
			enforce_admins: null,
			restrictions: null,
		});
		const { prompt } = await ask("fix the pagination");
		await thread.untilMarked("white_check_mark", prompt);
		await thread.untilSaid(/push was refused, so there is no pull request[\s\S]*Protected branch/);
		await app.faults.github("DELETE", `/repos/acme/web-shop/branches/${branch}/protection`);
	});

	test("an agent that dies in mid-turn is started again and goes on", async () => {
		const started = points.next("events tool.started");
		const { thread, prompt } = await ask("fix the cart total");
		await started;
		const { sandbox } = await readSession(thread);
		const agent = findAgentProcess(join(app.dataDir, "sandboxes", "sandboxes", sandbox));
		expect(agent).not.toBeNull();
		process.kill(agent ?? 0, "SIGKILL");
		await thread.untilMarked("white_check_mark", prompt);
		expect((await readSession(thread)).attempt).toBeGreaterThan(1);
		const messages = await thread.read();
		expect(messages.filter(({ text }) => text.startsWith("Pull request"))).toHaveLength(1);
	});
});

test("GitHub that cannot be reached, and then a repository that is gone, are told", async () => {
	await app.faults.git(1000);
	const thread = await open("acme/py-pricing", "fix the tier limits");
	await thread.untilMarked("x");
	expect(await readFailure(thread)).toMatch(/could not be reached to fetch acme\/py-pricing/);
	await app.faults.git(0);
	await app.faults.github("DELETE", "/repos/acme/py-pricing");
	await thread.click(RETRY);
	await thread.untilSaid(/gone, or Bobbin's GitHub App has no access/);
	await thread.untilMarked("x");

	await untilHeard("py-pricing", "removed_at is not null");
	const other = await open("acme/py-pricing", "fix the tier limits");
	await other.untilSaid(/acme\/py-pricing is not mine to read: it is gone/);
});

test("an archived repository is told", async () => {
	await app.faults.github("PATCH", "/repos/acme/docs-site", { archived: true });
	await untilHeard("docs-site", "archived");
	const thread = await open("acme/docs-site", "fix the broken links");
	await thread.untilSaid(/acme\/docs-site is archived at GitHub/);
});

test("Slack refused nothing of all that but its speed", async () => {
	const refusals = await app.faults.slackRefusals();
	expect(refusals.filter(({ error }) => error !== "ratelimited")).toEqual([]);
});
