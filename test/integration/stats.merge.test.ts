import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createMeasureMerge } from "../../src/stats/measure-merge.ts";
import { createTestDatabase } from "../harness/database.ts";
import {
	git,
	pushBranch,
	type RunningGithub,
	startPlaygroundGithub,
	withToken,
	writeFiles,
} from "../harness/playground-github.ts";
import { createPullRequestRows } from "../harness/pull-request-rows.ts";

const SHOP = { owner: "acme", name: "shop" };
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let running: RunningGithub;
let rows: ReturnType<typeof createPullRequestRows>;
let repositoryId: string;
let url: string;

beforeAll(async () => {
	[database, running] = await Promise.all([createTestDatabase(), startPlaygroundGithub()]);
	rows = createPullRequestRows(database.db);
	repositoryId = await rows.repository(SHOP);
	url = withToken(running.github.gitUrl(SHOP), "ghp_mia");
});
afterAll(async () => {
	await running.stop();
	await database.drop();
});

const lines = (...texts: string[]) => `${texts.join("\n")}\n`;

async function commit(clone: string, files: Record<string, string>): Promise<string> {
	await writeFiles(clone, files);
	await git(clone, "add", "--all");
	await git(clone, "commit", "--quiet", "-m", "More");
	return git(clone, "rev-parse", "HEAD");
}

async function open(branch: string): Promise<number> {
	const pull = { ...SHOP, branch, base: "main", title: "t", body: "", draft: false };
	return (await running.github.createPullRequest(pull)).number;
}

async function merge(number: number, method: "merge" | "squash"): Promise<void> {
	const at = `${running.playground.connection.apiUrl}/repos/acme/shop/pulls/${number}/merge`;
	const headers = { authorization: "Bearer ghp_mia" };
	const answer = await fetch(at, { method: "PUT", headers, body: JSON.stringify({ merge_method: method }) });
	expect(answer.status).toBe(200);
}

const measure = (number: number) =>
	createMeasureMerge({ db: database.db, github: running.github })({ repositoryId, number });

const merges = (number: number) =>
	database.db
		.selectFrom("merges")
		.select(["added_lines", "agent_lines"])
		.where("number", "=", number)
		.execute();

async function pushed(sessionId: string, branch: string, before: string | null, sha: string) {
	await database.db
		.insertInto("pushes")
		.values({
			id: randomUUID(),
			session_id: sessionId,
			prompt_id: null,
			repository_id: repositoryId,
			branch,
			before_sha: before,
			sha,
			at: new Date(),
		})
		.execute();
}

it.each(["merge", "squash"] as const)(
	"tells the agent's lines from a person's when a pull request ends in a %s",
	async (method) => {
		const branch = `bobbin/${method}`;
		const clone = join(running.workDir, method);
		const path = `src/${method}.ts`;
		const sessionId = await rows.session(repositoryId);

		const first = await pushBranch({
			url,
			folder: clone,
			branch,
			files: { [path]: lines("one", "two", "three") },
		});
		await pushed(sessionId, branch, null, first);
		const number = await open(branch);
		// Somebody adds a line by hand, and takes one of the agent's out.
		const byHand = await commit(clone, { [path]: lines("one", "three", "by hand") });
		await git(clone, "push", "--quiet", "origin", branch);
		// The base goes on, and the agent merges it before it adds two lines of its own.
		await git(clone, "checkout", "--quiet", "-b", `${branch}-base`, "origin/main");
		await commit(clone, { [`${method}.md`]: lines("not", "the", "agent's") });
		await git(clone, "checkout", "--quiet", branch);
		await git(clone, "merge", "--quiet", "--no-edit", `${branch}-base`);
		const last = await commit(clone, { [path]: lines("one", "three", "by hand", "four", "five") });
		await git(clone, "push", "--quiet", withToken(running.github.gitUrl(SHOP), "ghp_noah"), branch);
		await pushed(sessionId, branch, byHand, last);

		const id = await rows.pullRequest({ sessionId, repositoryId }, { number, branch });
		expect(await measure(number)).toEqual({ outcome: "not_merged" });
		await merge(number, method);
		expect(await measure(number)).toEqual({ outcome: "measured" });
		expect(await measure(number)).toEqual({ outcome: "measured" });

		const ours = await database.db
			.selectFrom("pull_requests")
			.select(["added_lines", "agent_lines", "surviving_lines"])
			.where("id", "=", id)
			.execute();
		// Eight lines came with it: five in the file, three by the merged branch that nobody has put into the base.
		expect(ours).toEqual([{ added_lines: 8, agent_lines: 5, surviving_lines: 4 }]);
		expect(await merges(number)).toEqual([{ added_lines: 8, agent_lines: 4 }]);
	},
);

it("counts what people merge by themselves as nobody's but theirs", async () => {
	await pushBranch({
		url,
		folder: join(running.workDir, "people"),
		branch: "people",
		files: { "src/people.ts": lines("a", "b") },
	});
	const number = await open("people");
	await merge(number, "merge");
	expect(await measure(number)).toEqual({ outcome: "measured" });
	expect(await merges(number)).toEqual([{ added_lines: 2, agent_lines: 0 }]);
});

it("counts as the agent's what a session pushed to somebody's own pull request", async () => {
	const branch = "mia/adopted";
	const clone = join(running.workDir, "adopted");
	const files = { "src/adopted.ts": lines("by hand") };
	const byHand = await pushBranch({ url, folder: clone, branch, files });
	const last = await commit(clone, { "src/adopted.ts": lines("by hand", "asked for") });
	await git(clone, "push", "--quiet", "origin", branch);
	await pushed(await rows.session(repositoryId), branch, byHand, last);
	const number = await open(branch);
	await merge(number, "squash");
	expect(await measure(number)).toEqual({ outcome: "measured" });
	expect(await merges(number)).toEqual([{ added_lines: 2, agent_lines: 1 }]);
});

it("counts on where a push is gone from GitHub, and tells of a repository that is unknown", async () => {
	const branch = "bobbin/gone";
	const sessionId = await rows.session(repositoryId);
	const sha = await pushBranch({
		url,
		folder: join(running.workDir, "gone"),
		branch,
		files: { "src/gone.ts": lines("a") },
	});
	await pushed(sessionId, branch, null, "f".repeat(40));
	await pushed(sessionId, branch, "f".repeat(40), sha);
	const number = await open(branch);
	await rows.pullRequest({ sessionId, repositoryId }, { number, branch });
	await merge(number, "squash");
	await measure(number);
	expect(await merges(number)).toEqual([{ added_lines: 1, agent_lines: 1 }]);
	const unknown = createMeasureMerge({ db: database.db, github: running.github });
	expect(await unknown({ repositoryId: randomUUID(), number: 1 })).toEqual({ outcome: "no_repository" });
});

it("reads the commits of a long branch page by page", async () => {
	const clone = join(running.workDir, "long");
	await git(running.workDir, "clone", "--quiet", url, clone);
	const start = await git(clone, "rev-parse", "HEAD");
	const commits = Array.from({ length: 130 }, (_, i) => {
		const from = i === 0 ? `from ${start}\n` : "";
		return `commit refs/heads/long\ncommitter Mia <mia@acme.example> ${i + 1} +0000\ndata 1\nx\n${from}M 100644 inline long.txt\ndata ${String(i).length}\n${i}\n`;
	});
	execFileSync("git", ["-C", clone, "fast-import", "--quiet"], { input: commits.join("") });
	await git(clone, "push", "--quiet", "origin", "long");
	const head = await git(clone, "rev-parse", "long");
	const found = await running.github.listCommits({ ...SHOP, base: start, head });
	expect(found).toHaveLength(130);
	expect(new Set(found?.map(({ sha }) => sha)).size).toBe(130);
	expect([found?.[0]?.parents, found?.at(-1)?.sha]).toEqual([[start], head]);
});
