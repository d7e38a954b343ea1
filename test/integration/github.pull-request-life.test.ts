import { afterAll, beforeAll, expect, it } from "vitest";
import { createClassifier } from "../../classifier/classify.ts";
import { createRouteSessionTask } from "../../src/jobs/tasks/route-session.ts";
import { createPullRequestChanged } from "../../src/sessions/pull-requests/pull-request-changed.ts";
import { git, writeFiles } from "../harness/playground-github.ts";
import { createReviewLoop, type Hub } from "../harness/review-loop.ts";
import { aPrompt, aThread } from "../harness/sessions.ts";

let hub: Hub;
let mia: string;
beforeAll(async () => {
	hub = await createReviewLoop();
	mia = await hub.pulls.rows.person("Mia", await hub.account("mia"));
});
afterAll(() => hub.stop());

let count = 0;
const open = async () => {
	const pull = await hub.pulls.open(mia, { [`src/made-${++count}.ts`]: "export {};\n" });
	const url = `http://127.0.0.1/acme/shop/pull/${pull.number}`;
	await hub.db.updateTable("pull_requests").set({ url }).where("id", "=", pull.id).execute();
	await hub.settle();
	return pull;
};
const subject = (pull: { number: number }) => `acme/shop#${pull.number}`;
const change = (pull: { number: number }, body: unknown) =>
	hub.rest("mia", "PATCH", `/pulls/${pull.number}`, body);
const merge = (pull: { number: number }) => hub.rest("noah", "PUT", `/pulls/${pull.number}/merge`, {});
const status = async (sessionId: string) =>
	(await hub.db.selectFrom("sessions").select("status").where("id", "=", sessionId).executeTakeFirstOrThrow())
		.status;

it("shows on its card who said what, how its checks are, and who merged it", async () => {
	const pull = await open();
	const card = async () => (await hub.lines(pull.sessionId, "pull-request:"))[0] ?? "";
	expect(await card()).toContain("🟢 Open");
	await hub.rest("noah", "POST", `/pulls/${pull.number}/reviews`, {
		...{ event: "REQUEST_CHANGES", body: "<!-- bobbin:none --> Round it." },
	});
	await hub.pulls.play(pull.branch, [{ name: "test", conclusion: "failure", log: "FAIL" }]);
	await hub.settle();
	expect(await card()).toMatch(/🔁 Changes wanted by noah · ❌ Checks fail: test/);
	const head = await hub.pulls.push(pull, pull.promptId, { "src/round.ts": "export {};\n" });
	await hub.settle();
	expect(await hub.pull(pull.id)).toMatchObject({ head_sha: head, revisions: 1, checks: null, additions: 2 });
	await hub.pulls.play(head, [{ name: "test", conclusion: "success" }]);
	await hub.rest("noah", "POST", `/pulls/${pull.number}/reviews`, { event: "APPROVE" });
	await hub.settle();
	expect(await card()).toMatch(/✅ Approved by noah · ✔️ Checks pass/);
	await merge(pull);
	await hub.settle();
	expect(await card()).toContain("🟣 Merged by noah");
	expect(await hub.lines(pull.sessionId, "pull-request-end:")).toHaveLength(1);
	expect(await status(pull.sessionId)).toBe("ended");
	const row = await hub.pull(pull.id);
	expect(row).toMatchObject({ state: "merged", merged_by: "noah", revisions: 1 });
	expect(row.merged_at).toEqual(row.closed_at);
	// Its lines were counted by the job that the merge queued.
	expect(row.added_lines).toBe(2);
	expect(await hub.acts(subject(pull))).toEqual([
		"pull_request.reviewed github:noah",
		"pull_request.reviewed github:noah",
		"pull_request.merged github:noah",
	]);
	const thread = aThread();
	const thread_ts = thread.threadTs;
	await hub.db
		.insertInto("threads")
		.values({ team_id: "T1", channel_id: "C1", thread_ts, session_id: pull.sessionId })
		.execute();
	await hub.core.sessions.acceptThreadPrompt({
		thread,
		prompt: {
			...{ idempotencyKey: thread_ts, authorId: mia, text: "And now?", files: [], context: {} },
			origin: { kind: "slack", teamId: "T1", channelId: "C1", messageTs: thread_ts },
		},
	});
	expect(await status(pull.sessionId)).toBe("ready");
	await hub.settle();
	// What comes now goes on a branch of its own.
	const session = await hub.core.sessions.view(pull.sessionId);
	expect(session.prompts.at(-1)?.status).toBe("done");
});

it("ends when it is closed, wakes when it is reopened, and notes who did", async () => {
	const pull = await open();
	await change(pull, { state: "closed" });
	await hub.settle();
	expect([await status(pull.sessionId), (await hub.pull(pull.id)).state]).toEqual(["ended", "closed"]);
	await change(pull, { state: "open", title: "Another title" });
	await hub.settle();
	expect(await status(pull.sessionId)).toBe("ready");
	expect(await hub.pull(pull.id)).toMatchObject({ state: "open", closed_at: null, title: "Another title" });
	expect(await hub.acts(subject(pull))).toEqual(["pull_request.closed Mia", "pull_request.reopened Mia"]);
});

it("follows a branch that people force-push or delete", async () => {
	const pull = await open();
	const { clone } = hub.pulls;
	await writeFiles(clone, { "src/other.ts": "export {};\n" });
	await git(clone, "add", "--all");
	await git(clone, "commit", "--quiet", "--amend", "-m", "Rewritten");
	await git(clone, "push", "--quiet", "--force", "origin", pull.branch);
	const head = await git(clone, "rev-parse", "HEAD");
	await hub.settle();
	expect(await hub.pull(pull.id)).toMatchObject({ head_sha: head, revisions: 1, state: "open" });
	await git(clone, "push", "--quiet", "origin", "--delete", pull.branch);
	await hub.settle();
	expect(await hub.pull(pull.id)).toMatchObject({ state: "closed", revisions: 1 });
	expect(await status(pull.sessionId)).toBe("ended");
});

it("comes to the same end in whatever order and however often it is told", async () => {
	const pull = await open();
	const release = hub.hold();
	await hub.pulls.push(pull, null, { [`src/${pull.number}-a.ts`]: "export {};\n" });
	await hub.pulls.push(pull, null, { [`src/${pull.number}-b.ts`]: "export {};\n" });
	await change(pull, { state: "closed" });
	await change(pull, { state: "open" });
	await hub.rest("noah", "POST", `/pulls/${pull.number}/reviews`, { event: "APPROVE" });
	await merge(pull);
	const told = await release();
	expect(told.length).toBeGreaterThan(8);
	// Backwards and from the middle, and each a second time.
	const shuffled = [...told.slice(4), ...told.slice(0, 4)].reverse();
	await Promise.all([...shuffled.map((r) => r.clone()), ...told].map((r) => hub.webhooks.handle(r)));
	await hub.settle();
	// As it is where each is told once and in its turn.
	expect(await hub.pull(pull.id)).toMatchObject({
		...{ state: "merged", merged_by: "noah", revisions: 2, additions: 3, added_lines: 3 },
	});
	const [view] = (await hub.core.sessions.view(pull.sessionId)).pullRequests;
	expect([view?.approvedBy, await status(pull.sessionId)]).toEqual([["noah"], "ended"]);
	expect((await hub.acts(subject(pull))).sort()).toEqual([
		"pull_request.merged github:noah",
		"pull_request.reviewed github:noah",
	]);
});

it("is not brought back by what was read of it before it was merged", async () => {
	const pull = await open();
	const askedAtMs = hub.core.now();
	const before = await hub.hub.github.readPullRequest({ owner: "acme", name: "shop", number: pull.number });
	await merge(pull);
	await hub.settle();
	const repository = { owner: "acme", name: "shop", githubId: null };
	const changed = createPullRequestChanged({ ...hub.core, db: hub.db, enqueue: hub.core.jobs.enqueue });
	const late = { repository, now: before, askedAtMs, heads: [], act: null };
	await expect(changed(late)).rejects.toMatchObject({ code: "overtaken", retryable: true });
	expect([(await hub.pull(pull.id)).state, await status(pull.sessionId)]).toEqual(["merged", "ended"]);
});

it("that was merged before its opening was written down is merged all the same", async () => {
	const pull = await open();
	await hub.db
		.updateTable("pull_requests")
		.set({ number: null, url: null, state: "intended", opened_as: "app" })
		.where("id", "=", pull.id)
		.execute();
	await merge(pull);
	await hub.hub.playground.settleWebhooks();
	const inbox = await hub.db.selectFrom("inbox").select("id").where("processed_at", "is", null).execute();
	expect(inbox).not.toEqual([]);
	await hub.db
		.updateTable("pull_requests")
		.set({ number: pull.number, state: "open" })
		.where("id", "=", pull.id)
		.execute();
	await hub.settle();
	expect(await hub.pull(pull.id)).toMatchObject({ state: "merged", merged_by: "noah" });
	expect(await status(pull.sessionId)).toBe("ended");
});

it("counts the merges of people too", async () => {
	const pull = await open();
	await hub.db.deleteFrom("pull_request_heads").where("pull_request_id", "=", pull.id).execute();
	await hub.db.deleteFrom("pull_requests").where("id", "=", pull.id).execute();
	await merge(pull);
	await hub.settle();
	const merges = await hub.db.selectFrom("merges").selectAll().where("number", "=", pull.number).execute();
	expect(merges).toHaveLength(1);
});

it("is not held up by the review check where nobody prompted it, and is where a session pushed to it", async () => {
	const checks = async (sha: string) => {
		const { check_runs } = await hub.rest<{ check_runs: { name: string; conclusion: string }[] }>(
			...(["mia", "GET", `/commits/${sha}/check-runs?filter=all`] as const),
		);
		return check_runs.map(({ name, conclusion }) => `${name}: ${conclusion}`);
	};
	const { clone } = hub.pulls;
	const branch = "mia/by-hand";
	await git(clone, "checkout", "--quiet", "-B", branch, "origin/main");
	await writeFiles(clone, { "src/by-hand.ts": "export {};\n" });
	await git(clone, "add", "--all");
	await git(clone, "commit", "--quiet", "-m", "By hand");
	await git(clone, "push", "--quiet", "origin", branch);
	const { number } = await hub.rest<{ number: number }>("mia", "POST", "/pulls", {
		...{ title: "By hand", head: branch, base: "main" },
	});
	await hub.settle();
	expect(await checks(await git(clone, "rev-parse", "HEAD"))).toEqual(["bobbin/independent-review: neutral"]);

	// Noah asks for more there.
	const noah = await hub.pulls.rows.person("Noah", await hub.account("noah"));
	const sessionId = await hub.pulls.rows.session(hub.repositoryId, { adopted_branch: branch });
	const promptId = await hub.pulls.rows.prompt(sessionId, noah);
	const head = await hub.pulls.push({ sessionId, branch }, promptId, { "src/more.ts": "export {};\n" });
	await hub.settle();
	const check = async () => (await checks(head))[0];
	await hub.rest("noah", "POST", `/pulls/${number}/reviews`, { event: "APPROVE" });
	await hub.settle();
	expect(await check()).toBe("bobbin/independent-review: failure");
	await hub.rest("omar", "POST", `/pulls/${number}/reviews`, { event: "APPROVE" });
	await hub.settle();
	expect(await checks(head)).toEqual(["bobbin/independent-review: success"]);
});

it("forgets what people may do when GitHub says that it changed", async () => {
	const { repositoryId } = hub;
	const known = () =>
		hub.db.selectFrom("repository_access").select("person_id").where("person_id", "=", mia).execute();
	expect(await hub.access.permissionOf({ personId: mia, repositoryId })).toBe("admin");
	await hub.rest("mia", "PUT", "/collaborators/omar", { permission: "push" });
	await hub.settle();
	expect(await known()).toHaveLength(1);
	await hub.rest("mia", "PATCH", "", { description: "A shop" });
	await hub.settle();
	expect(await known()).toEqual([]);
	const row = await hub.db
		.selectFrom("repositories")
		.select("description")
		.where("id", "=", repositoryId)
		.executeTakeFirst();
	expect(row?.description).toBe("A shop");
});

it("loses its repository when the installation is suspended in mid-turn, and gets it back", async () => {
	const pull = await open();
	const removed = async () =>
		(
			await hub.db
				.selectFrom("repositories")
				.select("removed_at")
				.where("id", "=", hub.repositoryId)
				.executeTakeFirstOrThrow()
		).removed_at;
	let during: Date | null = null;
	hub.agent.state.script = async () => {
		await hub.suspend(true);
		await expect.poll(removed).not.toBeNull();
		during = await removed();
		return { outcome: "done", answer: "Done." };
	};
	await hub.rest("noah", "POST", `/issues/${pull.number}/comments`, { body: "Round it." });
	await hub.settle();
	expect(during).not.toBeNull();
	expect((await hub.prompts(pull.sessionId)).at(-1)?.status).toBe("done");
	// The App is told nothing meanwhile.
	const release = hub.hold();
	await merge(pull);
	await release();
	await hub.suspend(false);
	await hub.settle();
	expect(await removed()).toBeNull();
	expect((await hub.pull(pull.id)).state).toBe("merged");
});

it("what was asked while the installation was suspended goes on after it", async () => {
	const { core, db, access } = hub;
	hub.agent.state.script = async () => ({ outcome: "done", answer: "Done." });
	const { classify } = createClassifier({ model: null });
	const { sessions, newId } = core;
	const task = createRouteSessionTask({ db, access, sessions, classify, newId });
	const route = (sessionId: string) =>
		task.run({ version: 1, sessionId }, { signal: new AbortController().signal });
	const routings = async (sessionId: string) => {
		const { rows } = await core.database.pool.query(
			"select id from pgboss.job where name = 'route-session' and singleton_key = $1",
			[sessionId],
		);
		return rows.length;
	};
	await hub.suspend(true);
	await hub.settle();
	const ask = async () => {
		const prompt = aPrompt(mia, { text: "fix the cart in acme/shop" });
		const { sessionId } = await sessions.acceptThreadPrompt({ thread: aThread(), prompt });
		await route(sessionId);
		expect(await status(sessionId)).toBe("asking");
		return sessionId;
	};
	const [asked, old] = [await ask(), await ask()];
	const twoDaysAgo = new Date(core.now() - 2 * 86_400_000);
	await db.updateTable("sessions").set({ updated_at: twoDaysAgo }).where("id", "=", old).execute();
	const before = [await routings(asked), await routings(old)];
	await hub.suspend(false);
	await hub.settle();
	expect([await routings(asked), await routings(old)]).toEqual([(before[0] ?? 0) + 1, before[1]]);
	await route(asked);
	expect((await sessions.view(asked)).repository?.fullName).toBe("acme/shop");
	await hub.settle();
});

it("ends when it was merged in mid-turn and the turn is over", async () => {
	const pull = await open();
	hub.agent.state.script = async () => {
		await merge(pull);
		await expect.poll(async () => (await hub.pull(pull.id)).state).toBe("merged");
		return { outcome: "done", answer: "Done." };
	};
	await hub.rest("noah", "POST", `/issues/${pull.number}/comments`, { body: "Round it." });
	await hub.settle();
	expect(await status(pull.sessionId)).toBe("ended");
});
