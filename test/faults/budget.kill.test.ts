import { afterAll, beforeAll, expect, test } from "vitest";
import { type AppProcess, createAppProcess } from "../harness/app-process.ts";
import { createTestDatabase } from "../harness/database.ts";
import { describePlayground, joinPlayground, type PlaygroundHuman } from "../harness/playground-client.ts";
import { type Points, watchPoints } from "../harness/points.ts";
import { findAction, openThread, visibleText } from "../harness/thread.ts";

const database = await createTestDatabase();
let app: AppProcess;
let points: Points;
let mia: PlaygroundHuman;

beforeAll(async () => {
	app = await createAppProcess({ DATABASE_URL: database.url, BUDGET_SESSION_USD: "0.1" });
	points = await watchPoints(database);
	await app.start();
	mia = await joinPlayground(app.origin, "mia");
});
afterAll(async () => {
	mia?.close();
	await points?.stop();
	await app?.remove();
	await database.drop();
});

test("a budget pause is carried through kills at the refusal, at the pause and at the click", async () => {
	const refused = points.next("budget_stops");
	const thread = await openThread(mia, "shop", "@bobbin fix the flaky checkout test");
	await refused;
	await app.kill();
	// An agent that was told of the refusal at once may have paused before the kill.
	const { rows: reached } = await database.pool.query("select 1 from events where type = 'budget.reached'");
	if (reached.length === 0) {
		const paused = points.next("events budget.reached").then(() => app.kill());
		await Promise.all([paused, app.start()]);
	}
	await app.start();
	const question = await mia.waitForThread(
		{ channel: "shop", threadTs: thread.threadTs, what: "the question" },
		(messages) => findAction(messages, /^continue_budget$/),
	);

	const raised = points.next("events budget.raised").then(() => app.kill());
	// Its answer may be lost with the app: Slack delivers a click once.
	await mia.act({ channel: "shop", ...question }).catch(() => {});
	await raised;
	await app.start();
	await thread.untilMarked("white_check_mark", thread.threadTs);

	const { rows } = await database.pool.query(
		`select (select count(*)::int from prompts where status = 'done') as done,
			(select count(*)::int from events where type = 'budget.reached') as asked,
			(select count(*)::int from events where type = 'budget.raised') as raised,
			(select sum(raised_usd) from budget_stops) as usd`,
	);
	expect(rows).toEqual([{ done: 1, asked: 1, raised: 1, usd: 1 }]);
	const folded = (await thread.read()).filter((message) => /Paused at/.test(visibleText(message)));
	expect(folded).toHaveLength(1);
	const { github } = await describePlayground(app.origin);
	const answer = await fetch(`${github.apiUrl}/repos/acme/web-shop/pulls?state=all`, {
		headers: { authorization: `Bearer ${github.token}` },
	});
	expect(await answer.json()).toHaveLength(1);
});
