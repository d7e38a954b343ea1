import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../harness/eventually.ts";
import { type PlaygroundApp, startPlaygroundApp } from "../harness/playground-app.ts";
import { findAction, openThread, type ThreadUser, visibleText } from "../harness/thread.ts";

// So much that the first turn of the scripted model is in the middle of its work.
const CAP_USD = "0.1";
let app: PlaygroundApp<"mia" | "noah">;
let thread: ThreadUser;
let other: ThreadUser;

beforeAll(async () => {
	app = await startPlaygroundApp(["mia", "noah"], { BUDGET_SESSION_USD: CAP_USD });
});
afterAll(() => app?.remove());

interface Row {
	status: string;
	held: string | null;
	attempt: number;
	cost_usd: number;
}
async function readPrompts(of: ThreadUser): Promise<Row[]> {
	const { rows } = await app.database.pool.query<Row>(
		`select p.status, p.held, p.attempt, p.cost_usd from prompts p
		join threads t on t.session_id = p.session_id where t.thread_ts = $1 order by p.number`,
		[of.threadTs],
	);
	return rows;
}
const listPulls = async () =>
	(await app.faults.github("GET", "/repos/acme/web-shop/pulls?state=all")) as { number: number }[];

test("a session that reaches its cap in mid-turn pauses, and the thread is asked once", async () => {
	const { mia, noah } = app.people;
	thread = await openThread(mia, "shop", "@bobbin fix the flaky checkout test");
	other = await openThread(noah, "shop", "@bobbin fix the cart total");
	const asked = await thread.untilSaid(/Paused: the budget for this session is used up/);
	expect(visibleText(asked)).toMatch(/Continue \+\$1"/);
	const queued = await thread.reply(noah, "fix the pagination");
	await thread.untilSaid(/Queued, next in line\. It waits until the question/);
	await thread.untilMarked("eyes", queued);
	const prompts = await readPrompts(thread);
	expect(prompts).toMatchObject([
		{ status: "queued", held: "budget", attempt: 1 },
		{ status: "queued", held: null, attempt: 0 },
	]);
	expect(prompts[0]?.cost_usd).toBeGreaterThanOrEqual(Number(CAP_USD));
	expect(await listPulls()).toEqual([]);
});

test("who continues it has the turn go on where it was, and what waits behind it after that", async () => {
	const { mia, noah } = app.people;
	const before = (await readPrompts(thread))[0]?.cost_usd ?? 0;
	const question = findAction(await thread.read(), /^continue_budget$/);
	if (!question) throw new Error("nothing asks");
	// Two people at once count once.
	await Promise.all([mia, noah].map((human) => human.act({ channel: thread.channel, ...question })));
	await thread.untilMarked("white_check_mark");
	const messages = await thread.read();
	expect(
		messages.filter((message) => /continued by (Mia|Noah).*\+\$1\b/.test(visibleText(message))),
	).toHaveLength(1);
	const { rows } = await app.database.pool.query(
		`select raised_usd, decided_at is not null as decided from budget_stops join threads t using (session_id)
		where asked_at is not null and t.thread_ts = $1`,
		[thread.threadTs],
	);
	expect(rows).toEqual([{ raised_usd: 1, decided: true }]);
	const [first] = await readPrompts(thread);
	expect(first).toMatchObject({ status: "done", attempt: 2 });
	expect(first?.cost_usd).toBeGreaterThan(before);
	await eventually(async () =>
		expect((await readPrompts(thread)).map(({ status }) => status)).toEqual(["done", "done"]),
	);
	expect(await listPulls()).toHaveLength(1);
	// Nothing was done twice: one commit of each prompt.
	const { rows: commits } = await app.database.pool.query<{ n: number }>(
		`select count(*)::int as n from events join threads t using (session_id)
		where type = 'tool.finished' and data ->> 'title' like 'Run git add%' and t.thread_ts = $1`,
		[thread.threadTs],
	);
	expect(commits).toEqual([{ n: 2 }]);
});

test("who stops it ends the turn and what waits behind it", async () => {
	const { noah } = app.people;
	await other.untilSaid(/Paused: the budget for this session is used up/);
	const queued = await other.reply(noah, "fix the pagination");
	await other.untilSaid(/It waits until the question/);
	await other.click(/^stop_session$/, noah);
	await other.untilMarked("octagonal_sign");
	await other.untilMarked("octagonal_sign", queued);
	await other.untilSaid(/Paused at \$0\.10 for this session · ⏹ stopped by Noah/);
	expect((await readPrompts(other)).map(({ status, held }) => [status, held])).toEqual([
		["stopped", null],
		["cancelled", null],
	]);
});

test("Slack refused nothing of all that but its speed", async () => {
	const refusals = await app.faults.slackRefusals();
	expect(refusals.filter(({ error }) => error !== "ratelimited")).toEqual([]);
});
