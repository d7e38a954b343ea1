import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PATIENCE_MS } from "../config/patience.ts";
import { type AppProcess, createAppProcess } from "../harness/app-process.ts";
import { createTestDatabase } from "../harness/database.ts";
import {
	describePlayground,
	joinPlayground,
	type PlaygroundHuman,
	type SlackMessage,
} from "../harness/playground-client.ts";
import { type Points, watchPoints } from "../harness/points.ts";

const PING = /<!(channel|here|everyone|subteam)/;

const database = await createTestDatabase();
let app: AppProcess;
let points: Points;
let mia: PlaygroundHuman;

beforeAll(async () => {
	app = await createAppProcess({ DATABASE_URL: database.url, PLAYGROUND_MODEL_DELAY_MS: "50" });
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

/** Starts the app and kills it at the first row that begins like `point`; `precisely` waits for a finer moment. */
async function startAndKillAt(point: string, precisely?: () => Promise<void>): Promise<void> {
	const killed = points.next(point).then(async () => {
		await precisely?.();
		await app.kill();
	});
	await Promise.all([killed, app.start()]);
}

/** Resolves the moment that GitHub has one more pull request, whoever knows of it by then. */
async function untilGithubHasPullRequest(count: number): Promise<void> {
	const github = new DatabaseSync(join(app.dataDir, "playground", "github.sqlite"), { readOnly: true });
	const select = github.prepare("select count(*) as n from pulls");
	const deadline = Date.now() + PATIENCE_MS;
	while (Number(select.get()?.n) < count) {
		if (Date.now() > deadline) throw new Error("GitHub got no pull request");
		await new Promise((resolve) => setImmediate(resolve));
	}
	github.close();
}

interface PullRequest {
	number: number;
	head: { ref: string };
	base: { ref: string };
}

async function readGithub<T>(path: string): Promise<T> {
	const { github } = await describePlayground(app.origin);
	const answer = await fetch(`${github.apiUrl}${path}`, {
		headers: { authorization: `Bearer ${github.token}` },
	});
	return (await answer.json()) as T;
}

/**
 * What a thread must look like when its one prompt is done, however often the app died meanwhile. Gives how often it says
 * what is said the first time in a channel.
 */
async function expectWholeThread(threadTs: string, repository: string): Promise<number> {
	const [, ...replies] = await mia.waitForThread(
		{ channel: "general", threadTs, what: "done, and the pull request" },
		// An opening that is cut off may be carried on after the turn.
		(messages) => isMarkedDone(messages) && messages.some(({ text }) => isPullRequest(text)) && messages,
	);
	const kinds = replies.map(({ text }) => toKind(text)).sort();
	const introductions = kinds.filter((kind) => kind === "introduction").length;
	expect(kinds.filter((kind) => kind !== "introduction")).toEqual(["answer", "pull request", "status"]);
	expect(replies.filter(({ text, blocks }) => PING.test(text + JSON.stringify(blocks)))).toEqual([]);

	const { rows } = await database.pool.query<{ id: string; prompts: string[]; branch: string }>(
		`select s.id, s.branch, array_agg(p.status) as prompts from sessions s
		 join threads t on t.session_id = s.id join prompts p on p.session_id = s.id
		 where t.thread_ts = $1 group by s.id`,
		[threadTs],
	);
	expect(rows.map(({ prompts }) => prompts)).toEqual([["done"]]);
	const branch = rows[0]?.branch ?? "";
	const pulls = await readGithub<PullRequest[]>(`/repos/${repository}/pulls?state=all`);
	expect(pulls.filter(({ head }) => head.ref === branch)).toHaveLength(1);
	const compared = await readGithub<{ commits: { commit: { message: string } }[] }>(
		`/repos/${repository}/compare/main...${branch}`,
	);
	const subjects = compared.commits.map(({ commit }) => commit.message.split("\n")[0]);
	expect(subjects).toHaveLength(1);
	return introductions;
}

/** With one reaction, given once: that of the work before has been taken back. */
function isMarkedDone([parent]: SlackMessage[]): boolean {
	const given = parent?.reactions?.map(({ name, users }) => `${name} × ${users.length}`);
	return given?.join() === "white_check_mark × 1";
}

const isPullRequest = (text: string) => text.startsWith("Pull request");

function toKind(text: string): string {
	if (isPullRequest(text)) return "pull request";
	if (text.startsWith("First time in this channel")) return "introduction";
	return text.startsWith("✅ Done") ? "status" : "answer";
}

test("two mentions are carried to their ends through kills from the first row to the answer", async () => {
	const shop = await mia.post({
		channel: "general",
		text: "@bobbin fix the flaky checkout test in acme/web-shop",
	});
	const pricing = await mia.post({
		channel: "general",
		text: "@bobbin fix the tier limits in acme/py-pricing",
	});
	await app.kill();
	// Those inside of a turn that are not here are killed with several instances in sessions.takeover.
	await startAndKillAt("slack_messages reaction:");
	await startAndKillAt("events startup.step prompt started");
	await startAndKillAt("events tool.started");
	await startAndKillAt("pull_requests intended", () => untilGithubHasPullRequest(1));
	await startAndKillAt("slack_messages answer:");
	await app.start();
	const introductions = await Promise.all([
		expectWholeThread(shop, "acme/web-shop"),
		expectWholeThread(pricing, "acme/py-pricing"),
	]);
	expect(introductions.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(1);
});
