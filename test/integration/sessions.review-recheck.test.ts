import { afterAll, beforeAll, expect, it } from "vitest";
import { AppError } from "../../src/errors.ts";
import { checkReviewJob } from "../../src/jobs/queue.ts";
import { createCheckReviewTask } from "../../src/jobs/tasks/check-review.ts";
import { claimPrompt } from "../../src/sessions/queue/claim-prompt.ts";
import type { ReviewHost } from "../../src/sessions/reviews/independent-review-check.ts";
import {
	recheckCommit,
	recheckLatest,
	recheckPerson,
} from "../../src/sessions/reviews/request-review-check.ts";
import { createPullRequestRows } from "../harness/pull-request-rows.ts";
import { waitForEvent } from "../harness/sessions.ts";
import { type StartedCore, startCore } from "../harness/start-core.ts";

type Published = Parameters<ReviewHost["publishCheck"]>[0];

let core: StartedCore;
let rows: ReturnType<typeof createPullRequestRows>;
let repositoryId: string;
let noah: string;

const HEAD = "a".repeat(40);
let state: "open" | "closed" = "open";
let hear: (check: Published) => void = () => {};
let answer: () => Promise<void> = async () => {};

/** GitHub with one approval, of Noah's account. */
const github: ReviewHost = {
	readPullRequest: async ({ number }) => ({
		number,
		url: "",
		title: "t",
		branch: "b",
		base: "main",
		headSha: HEAD,
		state,
		draft: false,
		additions: 1,
		deletions: 0,
		mergedAtMs: null,
		mergedBy: null,
		closedAtMs: state === "closed" ? 1_000 : null,
		isFork: false,
		body: "",
	}),
	listReviews: async () => [
		{ id: 1, githubId: 2, login: "noah", isBot: false, state: "approved", commitSha: HEAD, submittedAtMs: 0 },
	],
	readPermission: async ({ login }) => ({ outcome: "answered", permission: "write", login }),
	publishCheck: async (check) => {
		await answer();
		hear(check);
		return { outcome: "updated" };
	},
};

beforeAll(async () => {
	core = await startCore();
	rows = createPullRequestRows(core.database.db);
	repositoryId = await rows.repository({ owner: "acme", name: "shop", github_id: 9, installation_id: 1 });
	noah = await rows.person("Noah", { id: 2, login: "noah" });
	await core.listener.start();
	await core.jobs.work([
		createCheckReviewTask({ ...core, db: core.database.db, enqueue: core.jobs.enqueue, github }),
	]);
});
afterAll(() => core.stop());

function nextCheck(): Promise<Published> {
	return new Promise((resolve) => {
		hear = resolve;
	});
}

async function anOpenPullRequest(): Promise<{ id: string; sessionId: string }> {
	const sessionId = await rows.session(repositoryId);
	await rows.prompt(sessionId, await rows.person("Mia", null));
	return { id: await rows.pullRequest({ sessionId, repositoryId }), sessionId };
}

const ask = (pullRequestId: string) =>
	core.jobs.enqueue(core.database.db, checkReviewJob, { version: 1, pullRequestId }, { key: pullRequestId });

it("says it anew when the approver's own prompt begins", async () => {
	const pull = await anOpenPullRequest();
	const first = nextCheck();
	await ask(pull.id);
	expect(await first).toMatchObject({ conclusion: "success", headSha: HEAD, externalId: pull.id });
	const isIndependent = async () => {
		const of = core.database.db.selectFrom("pull_requests").select("independent").where("id", "=", pull.id);
		return (await of.executeTakeFirstOrThrow()).independent;
	};
	expect(await isIndependent()).toBe(true);

	await rows.prompt(pull.sessionId, noah, { status: "queued", attempt: 0 });
	const second = nextCheck();
	const claim = await claimPrompt(
		{ ...core, db: core.database.db, enqueue: core.jobs.enqueue },
		pull.sessionId,
	);
	expect(claim?.session.id).toBe(pull.sessionId);
	const { conclusion, summary } = await second;
	expect(conclusion).toBe("failure");
	expect(summary).toContain("`noah`: does not count, because they prompted this work.");
	expect(await isIndependent()).toBe(false);
});

it("says it anew where somebody prompted who connects an account", async () => {
	const { sessionId } = await anOpenPullRequest();
	const kim = await rows.person("Kim");
	await rows.prompt(sessionId, kim);
	await rows.link(kim, { id: 3, login: "kim" });
	const check = nextCheck();
	await recheckPerson(core.database.db, core.jobs.enqueue, kim);
	expect((await check).summary).toContain("`Kim` (`kim`)");
});

it("says it anew where somebody approved whose account was nobody's, once they connect it", async () => {
	await core.database.db.updateTable("pull_requests").set({ state: "merged" }).execute();
	const { id, sessionId } = await anOpenPullRequest();
	await rows.prompt(sessionId, await rows.person("Kim"));
	await core.database.db.deleteFrom("identities").where("external_id", "=", "2").execute();
	const unclear = nextCheck();
	await ask(id);
	expect(await unclear).toMatchObject({ conclusion: "failure", externalId: id });
	await rows.link(noah, { id: 2, login: "Noah" });
	const known = nextCheck();
	await recheckPerson(core.database.db, core.jobs.enqueue, noah);
	expect(await known).toMatchObject({ conclusion: "success", externalId: id });
});

it("goes on after a refusal for good, and tries again after trouble that passes", async () => {
	const { id } = await anOpenPullRequest();
	const answers = [
		() => Promise.reject(new AppError("forbidden", "no checks permission")),
		() => Promise.reject(new AppError("github_unavailable", "away", { retryable: true })),
		async () => {},
	];
	let asked = 0;
	answer = () => (answers[asked++] ?? (async () => {}))();
	const check = nextCheck();
	await ask(id);
	await ask(id);
	expect(await check).toMatchObject({ externalId: id });
	expect(asked).toBe(3);
});

it("says it anew where somebody asks GitHub for it, at that commit only", async () => {
	const { id } = await anOpenPullRequest();
	await core.database.db.updateTable("pull_requests").set({ head_sha: HEAD }).where("id", "=", id).execute();
	const heard: string[] = [];
	const done = new Promise<void>((resolve) => {
		hear = ({ externalId }) => {
			heard.push(externalId);
			if (externalId === id) resolve();
		};
	});
	const repository = { githubId: 9, owner: "acme", name: "shop" };
	await recheckCommit(core.database.db, core.jobs.enqueue, { repository, sha: "b".repeat(40) });
	await recheckCommit(core.database.db, core.jobs.enqueue, {
		repository: { ...repository, githubId: 7 },
		sha: HEAD,
	});
	await recheckCommit(core.database.db, core.jobs.enqueue, { repository, sha: HEAD });
	await done;
	expect(heard).toEqual([id]);
});

it("says it anew at start, and learns there what it was not told of", async () => {
	await core.database.db.updateTable("pull_requests").set({ state: "merged" }).execute();
	const { id, sessionId } = await anOpenPullRequest();
	const check = nextCheck();
	await recheckLatest(core.database.db, core.jobs.enqueue);
	expect((await check).externalId).toBe(id);

	state = "closed";
	const closed = waitForEvent(core, sessionId, ({ type }) => type === "pull_request.changed");
	await recheckLatest(core.database.db, core.jobs.enqueue);
	expect((await closed).data).toMatchObject({ pullRequestId: id, state: "closed" });
});
