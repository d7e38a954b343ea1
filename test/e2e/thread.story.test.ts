import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Startup } from "../../src/db/schema/prompts.ts";
import { type PlaygroundApp, startPlaygroundApp } from "../harness/playground-app.ts";
import { type Points, watchPoints } from "../harness/points.ts";
import { cloneRepository, type RepositoryClone } from "../harness/repository-clone.ts";
import { openThread, type ThreadUser, visibleText } from "../harness/thread.ts";

const QUESTION = "what does the cart do?";

// One thread from its first mention on: each test goes on where the one before has ended.
let app: PlaygroundApp<"mia" | "noah" | "omar">;
let points: Points;
let thread: ThreadUser;
let clone: RepositoryClone;

beforeAll(async () => {
	app = await startPlaygroundApp(["mia", "noah", "omar"]);
	points = await watchPoints(app.database);
	clone = await cloneRepository(app.origin, "acme/web-shop");
});

afterAll(async () => {
	await clone?.remove();
	await points?.stop();
	await app?.remove();
});

interface Turn {
	status: string;
	started_at: Date;
	finished_at: Date;
	startup: Startup | null;
	/** What its tools gave back. */
	outputs: string[];
	branch: string;
}

async function readTurns(): Promise<Turn[]> {
	const { rows } = await app.database.pool.query<Turn>(
		`select p.status, p.started_at, p.finished_at, p.startup, s.branch, array(
			select data ->> 'output' from events e
			where e.session_id = p.session_id and type = 'tool.finished' and data ->> 'promptId' = p.id::text order by seq
		) as outputs
		from prompts p join sessions s on s.id = p.session_id join threads t on t.session_id = s.id
		where t.thread_ts = $1 order by p.number`,
		[thread.threadTs],
	);
	return rows;
}

async function listPullRequests() {
	const listed = await app.faults.github("GET", "/repos/acme/web-shop/pulls?state=all");
	return listed as { body: string; head: { ref: string }; user: { login: string } }[];
}

test("a mention and what others add meanwhile run in order and end in one pull request whose tests pass", async () => {
	const { mia, noah, omar } = app.people;
	await app.faults.model({ for: "agent", delayMs: 2_000 });
	const started = points.next("events startup.step prompt done");
	thread = await openThread(mia, "shop", "@bobbin fix the flaky checkout test");
	await thread.untilMarked("eyes");
	await started;
	const replies = [
		await thread.reply(noah, "fix the pagination"),
		await thread.reply(omar, "fix the cart total"),
	];
	await thread.untilSaid(/Queued, next in line/);
	await thread.untilSaid(/Queued, 2nd in line/);
	await thread.untilMarked("white_check_mark");
	await thread.untilSaid(/\b0 failed\b/);
	for (const reply of replies) await thread.untilMarked("white_check_mark", reply);

	const turns = await readTurns();
	expect(turns.map(({ status }) => status)).toEqual(["done", "done", "done"]);
	for (const [index, turn] of turns.entries()) {
		const before = turns[index - 1];
		if (before) expect(turn.started_at.getTime()).toBeGreaterThanOrEqual(before.finished_at.getTime());
	}
	const messages = await thread.read();
	expect(messages.filter(({ text }) => text.startsWith("Pull request"))).toHaveLength(1);
	const [pull, ...others] = await listPullRequests();
	expect(others).toEqual([]);
	expect(pull?.body).toContain("Prompted by Mia Berg, Noah Silva and Omar Haddad");
	expect(pull?.user.login).toBe("mia");

	await clone.run(`git fetch -q && git checkout -q ${pull?.head.ref}`);
	const changed = await clone.run("git diff --name-only origin/main...HEAD");
	expect(changed.split("\n").filter((path) => !/^(src|test)\//.test(path))).toEqual([]);
	const authors = await clone.run("git log --format=%an origin/main..HEAD");
	expect(authors.split("\n").map((name) => name.toLowerCase().split(" ")[0])).toEqual([
		"omar",
		"noah",
		"mia",
	]);
	await promisify(execFile)(process.execPath, ["--test"], { cwd: clone.dir });
});

test("a turn's start is kept by phase, and told in the folded status", async () => {
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
	await clone.run(`git commit -q --amend -m "fix: by somebody else" && git push -q --force origin ${branch}`);
	const rewritten = await clone.run("git rev-parse HEAD");

	const reply = await thread.reply(app.people.mia, "add a test for the cart");
	await thread.untilMarked("white_check_mark", reply);
	const turn = (await readTurns()).at(-1);
	const told = turn?.outputs.filter((output) => output.includes("<bobbin-note>")) ?? [];
	expect(told).toEqual([expect.stringMatching(/Somebody force-pushed bobbin\/.*never force-push over it/)]);
	expect(await clone.run(`git ls-remote origin refs/heads/${branch} | cut -f1`)).toBe(rewritten);
	expect(turn?.startup).toMatchObject({ sandbox: "running" });
	expect(turn?.startup?.steps.map(({ step }) => step)).toContain("sync");
	await thread.untilSaid(/Running sandbox · .* to the model/);
});

describe("a running turn and what is queued behind it are stopped", () => {
	test.each<[how: string, stop: () => Promise<unknown>]>([
		["by the button", () => thread.click(/^stop_session$/, app.people.noah)],
		["by the word", () => thread.reply(app.people.omar, "Stop!")],
		[
			"by Slack's own Stop",
			() => app.people.mia.stopSession({ channel: thread.channel, threadTs: thread.threadTs }),
		],
	])("%s", async (_how, stop) => {
		await app.faults.model({ for: "agent", hang: true });
		const working = points.next("events startup.step prompt done");
		const running = await thread.reply(app.people.mia, QUESTION);
		await working;
		const queued = await thread.reply(app.people.noah, QUESTION);
		await thread.untilSaid(/Queued, next in line/);

		await stop();
		await thread.untilMarked("octagonal_sign", queued);
		await thread.untilMarked("octagonal_sign", running);
		const statuses = (await readTurns()).map(({ status }) => status).slice(-2);
		expect(statuses).toEqual(["stopped", "cancelled"]);
	});

	test("and Retry runs a stopped prompt again, in the same sandbox", async () => {
		await app.faults.model();
		const finished = points.next("events prompt.finished");
		await thread.click(/^retry_prompt$/, app.people.omar);
		await finished;
		const turns = await readTurns();
		expect(turns.filter(({ status }) => status === "stopped")).toHaveLength(2);
		expect(turns.filter(({ startup }) => startup?.sandbox === "empty")).toHaveLength(1);
	});
});

test("Slack refused nothing of all that but its speed", async () => {
	const refusals = await app.faults.slackRefusals();
	expect(refusals.filter(({ error }) => error !== "ratelimited")).toEqual([]);
});
