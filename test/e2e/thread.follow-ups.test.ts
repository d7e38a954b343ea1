import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createTestDatabase } from "../harness/database.ts";
import { joinPlayground, type PlaygroundHuman } from "../harness/playground-client.ts";
import { type Points, watchPoints } from "../harness/points.ts";
import { startApp, type TestApp } from "../harness/start-app.ts";
import { openThread, type ThreadUser } from "../harness/thread.ts";
import { createVendorFaults } from "../harness/vendor-faults.ts";

// Turns take as long as this where the machine is busy.
vi.setConfig({ testTimeout: 90_000 });

const TURN_TIMEOUT_MS = 50_000;
/** A second is promised; the rest is for a machine that does other things beside. */
const STOP_LIMIT_MS = 2_500;
const QUESTION = "what does the cart do?";
const PEOPLE = ["mia", "noah", "zoe", "omar"] as const;

const database = await createTestDatabase();
let app: TestApp;
let faults: ReturnType<typeof createVendorFaults>;
let points: Points;
let people: Record<(typeof PEOPLE)[number], PlaygroundHuman>;

beforeAll(async () => {
	points = await watchPoints(database);
	app = await startApp({ DATABASE_URL: database.url, LOG_LEVEL: "fatal" });
	faults = createVendorFaults(app.origin);
	const joined = await Promise.all(PEOPLE.map((name) => joinPlayground(app.origin, name)));
	people = Object.fromEntries(PEOPLE.map((name, index) => [name, joined[index]])) as typeof people;
});

afterAll(async () => {
	for (const human of Object.values(people ?? {})) human.close();
	await points?.stop();
	await app?.remove();
	await database.drop();
});

async function readPrompts(thread: ThreadUser) {
	const { rows } = await database.pool.query<{
		status: string;
		text: string;
		started_at: Date;
		finished_at: Date;
	}>(
		`select p.* from prompts p join threads t on t.session_id = p.session_id
		 where t.thread_ts = $1 order by number`,
		[thread.threadTs],
	);
	return rows;
}

test("replies of three people run in order, each with its own author on its commit", async () => {
	const { mia, noah, zoe, omar } = people;
	await faults.model({ for: "agent", delayMs: 2_000 });
	const started = points.next("events startup.step prompt done", TURN_TIMEOUT_MS);
	const thread = await openThread(mia, "general", `@bobbin ${QUESTION} (acme/web-shop)`);
	await started;
	const replies = [
		await thread.reply(noah, "fix the pagination"),
		await thread.reply(zoe, "fix the cart total"),
		await thread.reply(omar, "fix the flaky checkout test"),
	];
	await thread.untilSaid(/Queued, next in line/);
	await thread.untilSaid(/Queued, 2nd in line/);
	await thread.untilSaid(/Queued, 3rd in line/);
	for (const reply of replies) await thread.untilMarked("white_check_mark", reply);

	const prompts = await readPrompts(thread);
	expect(prompts.map(({ status }) => status)).toEqual(["done", "done", "done", "done"]);
	for (const [index, prompt] of prompts.entries()) {
		const before = prompts[index - 1];
		if (before) expect(prompt.started_at.getTime()).toBeGreaterThanOrEqual(before.finished_at.getTime());
	}
	const pulls = (await faults.github("GET", "/repos/acme/web-shop/pulls?state=all")) as {
		head: { ref: string };
	}[];
	expect(pulls).toHaveLength(1);
	const compared = (await faults.github(
		"GET",
		`/repos/acme/web-shop/compare/main...${pulls[0]?.head.ref}`,
	)) as { commits: { commit: { author: { name: string } } }[] };
	expect(compared.commits.map(({ commit }) => commit.author.name.toLowerCase().split(" ")[0])).toEqual([
		"noah",
		"zoe",
		"omar",
	]);
});

describe("a running turn and what is queued behind it are stopped", () => {
	let thread: ThreadUser | null = null;

	test.each<[how: string, stop: (at: ThreadUser) => Promise<unknown>]>([
		["by the button", (at) => at.click(/^stop_session$/, people.noah)],
		["by the word", (at) => at.reply(people.zoe, "Stop!")],
		["by Slack's own Stop", (at) => people.mia.stopSession({ channel: at.channel, threadTs: at.threadTs })],
	])("%s, and a reply after that works", async (_how, stop) => {
		await faults.model({ for: "agent", hang: true });
		const working = points.next("events startup.step prompt done", TURN_TIMEOUT_MS);
		let running: string;
		if (thread === null) {
			thread = await openThread(people.mia, "engineering", `@bobbin ${QUESTION} (acme/web-shop)`);
			running = thread.threadTs;
		} else running = await thread.reply(people.mia, QUESTION);
		await working;
		const queued = await thread.reply(people.noah, QUESTION);
		await thread.untilSaid(/Queued, next in line/);

		const atMs = Date.now();
		await stop(thread);
		await thread.untilMarked("octagonal_sign", queued);
		await thread.untilMarked("octagonal_sign", running);
		expect(Date.now() - atMs).toBeLessThan(STOP_LIMIT_MS);
		const statuses = (await readPrompts(thread)).map(({ status }) => status).slice(-2);
		expect(statuses).toEqual(["stopped", "cancelled"]);

		await faults.model();
		const next = await thread.reply(people.omar, QUESTION);
		await thread.untilMarked("white_check_mark", next);
	});

	test("and Retry runs a stopped prompt again", async () => {
		if (thread === null) throw new Error("no thread");
		const before = (await readPrompts(thread)).filter(({ status }) => status === "stopped").length;
		await thread.click(/^retry_prompt$/, people.zoe);
		await vi.waitFor(
			async () => {
				const prompts = thread === null ? [] : await readPrompts(thread);
				expect(prompts.filter(({ status }) => status === "stopped")).toHaveLength(before - 1);
				expect(prompts.some(({ status }) => status === "running" || status === "queued")).toBe(false);
			},
			{ timeout: TURN_TIMEOUT_MS, interval: 100 },
		);
	});
});

test("Slack refused nothing of all that", async () => {
	const refusals = await faults.slackRefusals();
	expect(refusals.filter(({ error }) => error !== "ratelimited")).toEqual([]);
});
