import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { AppError } from "../../src/errors.ts";
import { recordAudit } from "../../src/people/audit.ts";
import { createCheckMergeGroup } from "../../src/sessions/reviews/check-merge-group.ts";
import {
	CHECK_NAME,
	createCheckReview,
	type ReviewHost,
} from "../../src/sessions/reviews/independent-review-check.ts";
import { createTestDatabase } from "../harness/database.ts";
import {
	pushBranch,
	type RunningGithub,
	startPlaygroundGithub,
	withToken,
} from "../harness/playground-github.ts";
import { createPullRequestRows } from "../harness/pull-request-rows.ts";

const SHOP = { owner: "acme", name: "shop" };
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let running: RunningGithub;
let rows: ReturnType<typeof createPullRequestRows>;
let repositoryId: string;
const accounts = new Map<string, { id: number; login: string }>();
const people = new Map<string, string>();

beforeAll(async () => {
	[database, running] = await Promise.all([createTestDatabase(), startPlaygroundGithub()]);
	rows = createPullRequestRows(database.db);
	const [shop] = await running.github.listRepositories();
	repositoryId = await rows.repository({ ...SHOP, installation_id: shop?.installationId ?? 0 });
	for (const login of ["mia", "noah", "zoe"]) {
		accounts.set(login, {
			id: Number((await call<{ id: number }>(login, "GET", `/users/${login}`)).id),
			login,
		});
		people.set(login, await rows.person(login, accounts.get(login) ?? null));
	}
	await call("mia", "PUT", "/repos/acme/shop/branches/main/protection", {
		required_status_checks: {
			contexts: [],
			checks: [{ context: CHECK_NAME, app_id: Number(running.playground.connection.appId) }],
		},
		required_pull_request_reviews: null,
		enforce_admins: true,
		restrictions: null,
	});
});
afterAll(async () => {
	await running.stop();
	await database.drop();
});

let pull: { id: string; sessionId: string; number: number; branch: string; clone: string; head: string };
let round = 0;

beforeEach(async () => {
	const branch = `bobbin/${++round}`;
	const clone = join(running.workDir, String(round));
	const { token } = await running.github.installationToken({ ...SHOP, permissions: { contents: "write" } });
	const url = withToken(running.github.gitUrl(SHOP), token);
	const head = await pushBranch({
		url,
		folder: clone,
		branch,
		files: { [`src/${round}.ts`]: "export {};\n" },
	});
	const { number } = await running.github.createPullRequest({
		...SHOP,
		branch,
		base: "main",
		title: "t",
		body: "",
		draft: false,
	});
	const sessionId = await rows.session(repositoryId);
	await rows.prompt(sessionId, person("mia"));
	const id = await rows.pullRequest({ sessionId, repositoryId }, { number, branch });
	pull = { id, sessionId, number, branch, clone, head };
});

const person = (login: string) => people.get(login) ?? "";

async function call<Answer>(login: string, method: string, path: string, body?: unknown): Promise<Answer> {
	const response = await fetch(`${running.playground.connection.apiUrl}${path}`, {
		method,
		headers: { authorization: `Bearer ghp_${login}` },
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
	});
	return (await response.json()) as Answer;
}
const review = (login: string, event: string, body = "") =>
	call<{ id: number }>(login, "POST", `/repos/acme/shop/pulls/${pull.number}/reviews`, { event, body });
const merge = () =>
	call<{ message: string }>("mia", "PUT", `/repos/acme/shop/pulls/${pull.number}/merge`, {});

async function checkRuns(sha = pull.head) {
	const path = `/repos/acme/shop/commits/${sha}/check-runs?filter=all`;
	const { check_runs } = await call<{ check_runs: { name: string; conclusion: string }[] }>(
		"mia",
		"GET",
		path,
	);
	return check_runs.map(({ name, conclusion }) => `${name}: ${conclusion}`);
}

async function pushed(sessionId: string, promptId: string, branch: string) {
	await database.db
		.insertInto("pushes")
		.values({
			...{ id: randomUUID(), session_id: sessionId, prompt_id: promptId, repository_id: repositoryId },
			...{ branch, before_sha: null, sha: pull.head },
		})
		.execute();
}

async function check(github: ReviewHost = running.github) {
	const queued: string[] = [];
	const checkReview = createCheckReview({
		db: database.db,
		enqueue: async (_tx, kind) => void queued.push(kind.name),
		github,
		now: Date.now,
		newId: randomUUID,
	});
	const result = await checkReview({ pullRequestId: pull.id, signal: new AbortController().signal });
	return { outcome: result.outcome === "published" ? result.decision.conclusion : result.outcome, queued };
}

it("keeps a merge shut until somebody approves who did not prompt", async () => {
	expect((await merge()).message).toBe(`Required status check "${CHECK_NAME}" is expected.`);
	expect(await check()).toMatchObject({ outcome: "action_required" });
	await review("mia", "APPROVE");
	expect(await check()).toMatchObject({ outcome: "failure" });
	expect((await merge()).message).toBe(`Required status check "${CHECK_NAME}" is failing.`);
	// Who may only read can approve, and it counts for nothing.
	await review("zoe", "APPROVE");
	expect(await check()).toMatchObject({ outcome: "failure" });
	await review("noah", "APPROVE");
	expect(await check()).toMatchObject({ outcome: "success" });
	expect(await checkRuns()).toEqual([`${CHECK_NAME}: success`]);
	expect((await merge()).message).toBe("Pull Request successfully merged");
	expect(await check()).toMatchObject({ outcome: "not_open" });
});

it("shuts it again when the approver prompts, asks for changes or has the approval dismissed", async () => {
	const { id } = await review("noah", "APPROVE");
	expect(await check()).toMatchObject({ outcome: "success" });
	await review("noah", "COMMENT", "Nice");
	expect(await check()).toMatchObject({ outcome: "success" });
	await review("noah", "REQUEST_CHANGES", "One more thing");
	expect(await check()).toMatchObject({ outcome: "action_required" });
	await review("noah", "APPROVE");
	expect(await check()).toMatchObject({ outcome: "success" });
	const waiting = await rows.prompt(pull.sessionId, person("noah"), { status: "queued", attempt: 0 });
	expect(await check()).toMatchObject({ outcome: "success" });
	await database.db.updateTable("prompts").set({ attempt: 1 }).where("id", "=", waiting).execute();
	expect(await check()).toMatchObject({ outcome: "failure" });
	await database.db.deleteFrom("prompts").where("id", "=", waiting).execute();

	const [last] = (
		await call<{ id: number }[]>("mia", "GET", `/repos/acme/shop/pulls/${pull.number}/reviews`)
	).slice(-1);
	expect(last?.id).not.toBe(id);
	await call("mia", "PUT", `/repos/acme/shop/pulls/${pull.number}/reviews/${last?.id}/dismissals`, {
		message: "Too early",
	});
	expect(await check()).toMatchObject({ outcome: "action_required" });
	expect(await checkRuns()).toEqual([`${CHECK_NAME}: action_required`]);
});

it("notes whose approval does not count, and why", async () => {
	await review("mia", "APPROVE");
	await review("noah", "APPROVE");
	await check();
	const acts = await database.db
		.selectFrom("audit_log")
		.select("data")
		.where("session_id", "=", pull.sessionId)
		.orderBy("id")
		.execute();
	expect(acts.map(({ data }) => data)).toEqual([
		{ state: "approved", reviewer: "mia", refused: "prompted" },
		{ state: "approved", reviewer: "noah" },
	]);
});

it("says it anew at each head", async () => {
	await review("noah", "APPROVE");
	await check();
	const before = pull.head;
	const url = withToken(running.github.gitUrl(SHOP), "ghp_mia");
	pull.head = await pushBranch({
		url,
		folder: `${pull.clone}-2`,
		branch: pull.branch,
		from: pull.branch,
		files: { "src/more.ts": "export {};\n" },
	});
	expect((await merge()).message).toBe(`Required status check "${CHECK_NAME}" is expected.`);
	// The repository lets approvals stand, so GitHub has not dismissed this one.
	expect(await check()).toMatchObject({ outcome: "success" });
	expect([await checkRuns(before), await checkRuns()]).toEqual([
		[`${CHECK_NAME}: success`],
		[`${CHECK_NAME}: success`],
	]);
});

it("counts only people who are known while a prompter has no account that is", async () => {
	const kim = await rows.person("Kim <b>`x`</b>");
	await rows.prompt(pull.sessionId, kim);
	await database.db
		.deleteFrom("identities")
		.where("person_id", "=", person("noah"))
		.where("provider", "=", "github")
		.execute();
	await review("noah", "APPROVE");
	expect(await check()).toMatchObject({ outcome: "failure" });
	const path = `/repos/acme/shop/commits/${pull.head}/check-runs`;
	const { check_runs } = await call<{ check_runs: { output: { summary: string } }[] }>("mia", "GET", path);
	expect(check_runs[0]?.output.summary).toContain("may be the account of `Kim <b> x </b>`");
	const noah = accounts.get("noah");
	if (noah) await rows.link(person("noah"), noah);
	expect(await check()).toMatchObject({ outcome: "success" });
});

it("knows a prompter by the account that they exchanged for another", async () => {
	const first = accounts.get("noah");
	const kim = await rows.person("Kim", { id: 77, login: "kim-2" });
	await rows.prompt(pull.sessionId, kim);
	await review("noah", "APPROVE");
	expect(await check()).toMatchObject({ outcome: "success" });
	const link = { personId: kim, action: "github.linked", subject: "kim", data: { githubId: first?.id } };
	await recordAudit(database.db, link, new Date());
	expect(await check()).toMatchObject({ outcome: "failure" });
});

it("takes nobody for a prompter who was refused, unless something came of it before that", async () => {
	await review("noah", "APPROVE");
	const promptId = await rows.prompt(pull.sessionId, person("noah"), {
		status: "failed",
		problem: JSON.stringify({ code: "no_access", message: "", retryable: false }),
	});
	expect(await check()).toMatchObject({ outcome: "success" });
	await pushed(pull.sessionId, promptId, pull.branch);
	expect(await check()).toMatchObject({ outcome: "failure" });
});

it("is of a commit: whoever prompted another session that made it is no independent approver", async () => {
	await review("noah", "APPROVE");
	expect(await check()).toMatchObject({ outcome: "success" });
	const other = await rows.session(repositoryId);
	await pushed(other, await rows.prompt(other, person("noah")), "bobbin/other");
	expect(await check()).toMatchObject({ outcome: "failure" });
});

it("holds up no merge queue: the commit that it made passes, told once or twice", async () => {
	const checkMergeGroup = createCheckMergeGroup({ db: database.db, github: running.github });
	const of = { repository: { ...SHOP, githubId: null }, sha: pull.head };
	await checkMergeGroup(of);
	await checkMergeGroup(of);
	await checkMergeGroup({ ...of, repository: { ...of.repository, name: "unknown" } });
	const { check_runs: runs } = await call<{ check_runs: { name: string; conclusion: string }[] }>(
		"mia",
		"GET",
		`/repos/acme/shop/commits/${pull.head}/check-runs`,
	);
	expect(runs.map(({ name, conclusion }) => [name, conclusion])).toEqual([[CHECK_NAME, "success"]]);
});

it("makes no second check run wherever it is cut off", async () => {
	const lost = new AppError("github_unavailable", "cut", { retryable: true });
	await expect(check({ ...running.github, publishCheck: () => Promise.reject(lost) })).rejects.toThrow("cut");
	const answerLost: ReviewHost = {
		...running.github,
		publishCheck: async (input) => {
			await running.github.publishCheck(input);
			throw lost;
		},
	};
	await expect(check(answerLost)).rejects.toThrow("cut");
	await check();
	await review("noah", "APPROVE");
	await expect(check(answerLost)).rejects.toThrow("cut");
	await check();
	expect(await checkRuns()).toEqual([`${CHECK_NAME}: success`]);
});

it("keeps each review of a person once, tells it in the log and notes the act", async () => {
	const { id } = await review("noah", "APPROVE");
	expect((await check()).queued).toEqual(["show-thread"]);
	expect((await check()).queued).toEqual([]);
	await call("mia", "PUT", `/repos/acme/shop/pulls/${pull.number}/reviews/${id}/dismissals`, {
		message: "No",
	});
	await check();
	const kept = await database.db
		.selectFrom("pull_request_reviews")
		.select(["github_id", "login", "person_id", "state", "commit_sha"])
		.where("pull_request_id", "=", pull.id)
		.execute();
	expect(kept).toEqual([
		{ github_id: id, login: "noah", person_id: person("noah"), state: "dismissed", commit_sha: pull.head },
	]);
	const events = await database.db
		.selectFrom("events")
		.select(["type", "data"])
		.where("session_id", "=", pull.sessionId)
		.orderBy("seq")
		.execute();
	expect(events).toEqual(
		["approved", "dismissed"].map((state) => ({
			type: "pull_request.reviewed",
			data: { pullRequestId: pull.id, login: "noah", state },
		})),
	);
	const acts = await database.db
		.selectFrom("audit_log")
		.select(["person_id", "actor", "action", "subject"])
		.where("session_id", "=", pull.sessionId)
		.orderBy("id")
		.execute();
	const subject = `acme/shop#${pull.number}`;
	expect(acts).toEqual([
		{ person_id: person("noah"), actor: "person", action: "pull_request.reviewed", subject },
		{ person_id: null, actor: "github", action: "pull_request.review_dismissed", subject },
	]);
});
