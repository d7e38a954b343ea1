import { afterAll, beforeAll, expect, test } from "vitest";
import type { AuditAnswer } from "../../src/contract/audit.ts";
import type { PullRequestMeasures, StatsAnswer } from "../../src/contract/stats.ts";
import { eventually } from "../harness/eventually.ts";
import { type PlaygroundApp, startPlaygroundApp } from "../harness/playground-app.ts";
import { describePlayground } from "../harness/playground-client.ts";
import { cloneRepository, type RepositoryClone } from "../harness/repository-clone.ts";
import { openThread, type ThreadUser, visibleText } from "../harness/thread.ts";

const CHECK = "bobbin/independent-review";
const PULLS = "/repos/acme/web-shop/pulls";
const MAIN_RULE = "/repos/acme/web-shop/branches/main/protection";
const LOG = `not ok 1 - adds up the cart total to the cent
    at src/orders.ts:12:3`;

// One thread of three people, from its first mention to the merge: each test goes on where the one before has ended.
let app: PlaygroundApp<"mia" | "noah" | "omar">;
let thread: ThreadUser;
let clone: RepositoryClone;
let pull: { number: number; branch: string };

beforeAll(async () => {
	app = await startPlaygroundApp(["mia", "noah", "omar"]);
	clone = await cloneRepository(app.origin, "acme/web-shop");
	await asPerson("mia", "PUT", MAIN_RULE, {
		required_status_checks: { contexts: [CHECK] },
		required_pull_request_reviews: null,
		enforce_admins: true,
		restrictions: null,
	});
});

afterAll(async () => {
	await clone?.remove();
	await app?.remove();
});

interface Answer<Body> {
	status: number;
	body: Body;
}

/** What somebody does at GitHub themselves. */
async function asPerson<Body>(
	login: string,
	method: string,
	path: string,
	body?: unknown,
): Promise<Answer<Body>> {
	const { github } = await describePlayground(app.origin);
	const answer = await fetch(`${github.apiUrl}${path}`, {
		method,
		headers: { authorization: `Bearer ghp_${login}`, "user-agent": "test" },
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
	});
	return { status: answer.status, body: (await answer.json()) as Body };
}

const review = (login: string, event: string) =>
	asPerson<{ message?: string }>(login, "POST", `${PULLS}/${pull.number}/reviews`, { event });
const merge = (login: string) =>
	asPerson<{ message: string }>(login, "PUT", `${PULLS}/${pull.number}/merge`, {});

interface Pull {
	user: { login: string };
	body: string;
	head: { sha: string; ref: string };
}
const readPull = async () => (await asPerson<Pull>("mia", "GET", `${PULLS}/${pull.number}`)).body;

async function untilChecked(conclusion: string): Promise<string> {
	const wanted = async () => {
		const { head } = await readPull();
		const path = `/repos/acme/web-shop/commits/${head.sha}/check-runs?check_name=${encodeURIComponent(CHECK)}`;
		const { body } = await asPerson<{ check_runs: { conclusion: string; output: { summary: string } }[] }>(
			"mia",
			"GET",
			path,
		);
		expect(body.check_runs.map((run) => run.conclusion)).toEqual([conclusion]);
		return body.check_runs[0]?.output.summary ?? "";
	};
	return eventually(wanted);
}

/** Authors of the commits of the pull request, the oldest first. */
async function listAuthors(): Promise<string[]> {
	await clone.run(`git fetch -q && git checkout -q --detach origin/${pull.branch}`);
	return (await clone.run("git log --reverse --format='%an <%ae>' origin/main..HEAD")).split("\n");
}

async function askApi<Body>(path: string): Promise<Body> {
	const answer = await fetch(`${app.origin}${path}`);
	expect(answer.status).toBe(200);
	return (await answer.json()) as Body;
}

const MIA = "Mia Berg <51000001+mia@users.noreply.github.com>";
const NOAH = "Noah Silva <51000002+noah@users.noreply.github.com>";

test("two people prompt in one thread, and each commit carries whoever asked for it", async () => {
	const { mia, noah, omar } = app.people;
	await app.faults.model({ for: "agent", delayMs: 2_000 });
	thread = await openThread(mia, "shop", "@bobbin fix the flaky checkout test");
	await thread.untilMarked("eyes");
	const reply = await thread.reply(noah, "fix the pagination");
	await thread.untilSaid(/Queued, next in line/);
	await thread.reply(mia, "add a health check");
	await thread.untilSaid(/Queued, 2nd in line/);
	// The third has no wish of his own, and takes one of another's back.
	await thread.click(/^cancel_prompt$/, omar);
	await thread.untilSaid(/Cancelled before it began/);
	await thread.untilMarked("white_check_mark");
	await thread.untilMarked("white_check_mark", reply);
	const { body: pulls } = await asPerson<(Pull & { number: number })[]>("mia", "GET", `${PULLS}?state=all`);
	expect(pulls).toHaveLength(1);
	pull = { number: pulls[0]?.number ?? 0, branch: pulls[0]?.head.ref ?? "" };
	expect(await listAuthors()).toEqual([MIA, NOAH]);
});

test("the pull request is opened by the first, and names both", async () => {
	const named = async () => {
		const { user, body } = await readPull();
		expect(user.login).toBe("mia");
		expect(body).toContain("Prompted by Mia Berg and Noah Silva.");
		expect(body).toContain(`Co-authored-by: ${NOAH}`);
		expect(body).not.toContain(`Co-authored-by: ${MIA}`);
	};
	await eventually(named);
});

test("neither of them can approve it, and it cannot be merged", async () => {
	await untilChecked("action_required");
	expect(await review("mia", "APPROVE")).toMatchObject({ status: 422 });
	expect(await review("noah", "APPROVE")).toMatchObject({ status: 200 });
	const summary = await untilChecked("failure");
	expect(summary).toContain("`noah`: does not count, because they prompted this work.");
	expect(await merge("mia")).toMatchObject({ status: 405 });
});

test("a check that their change broke is mended once, as whoever broke it", async () => {
	const play = (ref: string, conclusion: "success" | "failure") =>
		asPerson("mia", "POST", "/playground/checks", {
			...{ owner: "acme", name: "web-shop", ref },
			jobs: [{ name: "test", conclusion, log: LOG }],
		});
	await play("main", "success");
	await play(pull.branch, "failure");
	await thread.untilSaid(/test.* fails because of this change/);
	const finished = async () => {
		const { rows } = await app.database.pool.query(
			"select status from prompts where origin ->> 'kind' = 'bobbin'",
		);
		expect(rows).toEqual([{ status: "done" }]);
	};
	await eventually(finished);
	expect(await listAuthors()).toEqual([MIA, NOAH, NOAH]);
	await play(pull.branch, "success");
	await thread.untilSaid(/Checks pass/);
	await finished();
	await thread.untilSaid(/fails because of this change.*I pushed a change for it/);
	const said = (await thread.read()).map(visibleText).filter((text) => /fails because of this/.test(text));
	expect(said).toHaveLength(1);
});

interface ReviewComment {
	id: number;
	user: { login: string };
	body: string;
	in_reply_to_id?: number;
}

test("a review comment is worked on and answered where it was written", async () => {
	const { head } = await readPull();
	const comment = await asPerson<ReviewComment>("noah", "POST", `${PULLS}/${pull.number}/comments`, {
		...(await findChangedLine()),
		commit_id: head.sha,
		body: "Please add a test for pagination",
	});
	expect(comment.status).toBe(201);
	const answered = async () => {
		const { body } = await asPerson<ReviewComment[]>("mia", "GET", `${PULLS}/${pull.number}/comments`);
		const answers = body.filter(({ in_reply_to_id: to }) => to === comment.body.id);
		expect(answers.map(({ user }) => user.login)).toEqual(["bobbin[bot]"]);
	};
	await eventually(answered);
	await thread.untilSaid(/Noah Silva asked at .*and is answered there/);
	expect(await listAuthors()).toEqual([MIA, NOAH, NOAH, NOAH]);
});

/** A line that the pull request shows. */
async function findChangedLine(): Promise<{ path: string; line: number }> {
	const { body } = await asPerson<{ filename: string; patch: string }[]>(
		"mia",
		"GET",
		`${PULLS}/${pull.number}/files`,
	);
	const file = body.find(({ filename }) => filename.includes("pagination"));
	const [, line] = /^@@ -\S+ \+(\d+)/.exec(file?.patch ?? "") ?? [];
	return { path: file?.filename ?? "", line: Number(line) };
}

test("the third approves, the check passes, and the merge is told in the thread", async () => {
	expect(await untilChecked("failure")).toContain(
		"**Prompted by** `Mia Berg` (`mia`) and `Noah Silva` (`noah`).",
	);
	await review("omar", "APPROVE");
	expect(await untilChecked("success")).toContain("`omar`: counts.");
	expect(await merge("omar")).toMatchObject({ status: 200 });
	await thread.untilSaid(/was merged by omar/);
	await thread.untilSaid(/Pull request merged/);
	const { rows } = await app.database.pool.query("select status from sessions");
	expect(rows).toEqual([{ status: "ended" }]);
});

test("and in the figures", async () => {
	const measured = async () => {
		const { pullRequests } = await askApi<{ pullRequests: PullRequestMeasures[] }>(
			"/api/stats/pull-requests",
		);
		expect(pullRequests).toMatchObject([
			{ repository: "acme/web-shop", number: pull.number, state: "merged", prompters: 2, reviews: 3 },
		]);
		const [measures] = pullRequests;
		expect(measures?.survivingLines).toBeGreaterThan(0);
		expect(measures?.survivingLines).toBe(measures?.addedLines);
		expect(measures?.revisions).toBe(3);
	};
	await eventually(measured);
	expect(await askApi<StatsAnswer>("/api/stats")).toMatchObject({
		sessions: { sessions: 1, withPullRequest: 1, merged: 1 },
		pullRequests: { opened: 1, merged: 1 },
		repositories: [{ repository: "acme/web-shop", merged: 1, share: 1 }],
	});
});

test("each act has its row", async () => {
	const { rows } = await app.database.pool.query<{ id: string }>("select id from sessions");
	const { acts } = await askApi<AuditAnswer>(`/api/audit?session=${rows[0]?.id}`);
	const told = acts.reverse().map(({ person, actor, action }) => `${person?.name ?? actor}: ${action}`);
	// What GitHub tells of one moment comes in any order.
	expect(told.toSorted()).toEqual(
		[
			"Mia Berg: prompt.accepted",
			"bobbin: session.repository_chosen",
			"Noah Silva: prompt.accepted",
			"Mia Berg: prompt.accepted",
			"Omar Haddad: prompt.cancelled",
			"Mia Berg: commits.pushed",
			"Mia Berg: pull_request.opened",
			"Noah Silva: commits.pushed",
			"Noah Silva: pull_request.reviewed",
			"bobbin: prompt.accepted",
			"bobbin: checks.judged",
			"Noah Silva: commits.pushed",
			"Noah Silva: prompt.accepted",
			"Noah Silva: pull_request.reviewed",
			"Noah Silva: commits.pushed",
			"bobbin: comment.answered",
			"Omar Haddad: pull_request.reviewed",
			"Omar Haddad: pull_request.merged",
		].toSorted(),
	);
	const refused = acts.filter(({ data }) => data.refused !== undefined);
	expect(refused.map(({ data }) => data)).toEqual([
		{ state: "approved", reviewer: "noah", refused: "prompted" },
	]);
	const { acts: all } = await askApi<AuditAnswer>("/api/audit");
	const linked = all.filter(({ action }) => action === "github.linked").map(({ person }) => person?.name);
	expect(linked.toSorted()).toEqual(["Mia Berg", "Noah Silva", "Omar Haddad"]);
});

test("Slack refused nothing of all that but its speed", async () => {
	const refusals = await app.faults.slackRefusals();
	expect(refusals.filter(({ error }) => error !== "ratelimited")).toEqual([]);
});
