import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createAskToLinkTask } from "../../src/jobs/tasks/ask-to-link.ts";
import { createOpeningsFixture } from "../harness/openings.ts";
import { git } from "../harness/playground-github.ts";
import { aPerson } from "../harness/sessions.ts";

let fixture: Awaited<ReturnType<typeof createOpeningsFixture>>;
let session: Awaited<ReturnType<typeof fixture.startSession>>;
let mia: string;
let noah: string;
let omar: string;

beforeAll(async () => {
	fixture = await createOpeningsFixture();
	mia = await aPerson(fixture.core, "Mia");
	noah = await aPerson(fixture.core, "Noah");
	omar = await aPerson(fixture.core, "Omar");
	await fixture.link(mia, "mia");
	await fixture.link(noah, "noah");
	await fixture.link(omar, "omar");
});
afterAll(() => fixture?.close());
beforeEach(async () => {
	session = await fixture.startSession();
});
afterEach(async () => {
	fixture.github.playground.setFault(null);
	await fixture.database.db.deleteFrom("repository_rules").execute();
});

const db = () => fixture.database.db;
const readRow = () =>
	db()
		.selectFrom("pull_requests")
		.selectAll()
		.where("session_id", "=", session.sessionId)
		.where("branch", "=", session.branch)
		.executeTakeFirst();
const setRules = (rules: { draft?: boolean; app_opens?: boolean }) =>
	db()
		.insertInto("repository_rules")
		.values({ repository_id: fixture.repositoryId, updated_at: new Date(), ...rules })
		.execute();

describe("in a session of several people", () => {
	it("the pull request is that of who asked for it, and names everybody whose turns brought commits to it", async () => {
		const first = await session.turnOf(mia);
		const firstSha = await session.push();
		const { number } = await session.open();
		const opened = await fixture.readPull(number);
		expect(opened.user.login).toBe("mia");
		expect(opened.body).toMatch(/^It was 1\.\n\n---\n/);
		expect(opened.body).toContain(`(https://bobbin.example/sessions/${session.sessionId})`);
		expect(opened.body).toContain("Prompted by Mia.");
		expect(opened.body).not.toContain("Co-authored-by");

		const second = await session.turnOf(noah);
		const secondSha = await session.push();
		const trailer = /\n\nCo-authored-by: Noah <\d+\+noah@users\.noreply\.github\.com>$/;
		await expect.poll(async () => (await fixture.readPull(number)).body).toMatch(trailer);
		expect((await fixture.readPull(number)).body).toContain("Prompted by Mia and Noah.");
		expect((await session.open()).number).toBe(number);
		expect(await fixture.countPulls(session.branch)).toBe(1);

		const pushes = await db()
			.selectFrom("pushes")
			.select(["prompt_id", "before_sha", "sha"])
			.where("session_id", "=", session.sessionId)
			.orderBy("at")
			.execute();
		expect(pushes).toEqual([
			{ prompt_id: first, before_sha: null, sha: firstSha },
			{ prompt_id: second, before_sha: firstSha, sha: secondSha },
		]);
		expect(
			(await fixture.acts(session.sessionId)).map(({ action, person_id }) => [action, person_id]),
		).toEqual([
			["commits.pushed", mia],
			["pull_request.opened", mia],
			["commits.pushed", noah],
		]);
		expect(await readRow()).toMatchObject({ opened_by: mia, opened_as: "person", head_sha: firstSha });
	});

	it("what people wrote into its text stays, and a footer that was taken out stays out", async () => {
		await session.turnOf(mia);
		await session.push();
		const { number } = await session.open();
		const { body } = await fixture.readPull(number);
		const path = `/repos/acme/shop/pulls/${number}`;
		await fixture.call("PATCH", path, {
			body: `Mine on top.\r\n${body.replaceAll("\n", "\r\n")}\r\nMine below.`,
		});
		await session.turnOf(noah);
		await session.push();
		await expect.poll(async () => (await fixture.readPull(number)).body).toContain("Co-authored-by: Noah");
		const now = (await fixture.readPull(number)).body;
		expect(now).toMatch(/^Mine on top\.[\s\S]*Mine below\.[\s\S]*Co-authored-by: Noah <[^>]+>$/);
		await fixture.call("PATCH", path, { body: "Only mine." });
		await session.turnOf(omar);
		await session.push();
		// The job of that push is over when a later one has run.
		await fixture.call("PATCH", path, { body: `${now}` });
		await session.push();
		await expect.poll(async () => (await fixture.readPull(number)).body).toContain("Co-authored-by: Omar");
	});
});

describe("where its author has no account connected", () => {
	beforeEach(async () => {
		await session.turnOf(omar);
		await session.push();
		await fixture.linking.unlink(omar);
	});
	afterEach(() => fixture.link(omar, "omar"));

	it("it waits, says so to the agent and in the thread, and is opened by itself after linking", async () => {
		const answer = await session.open();
		expect(answer.waiting).toContain("as soon as Omar has connected a GitHub account");
		expect((await session.open()).waiting).toBe(answer.waiting);
		expect(await fixture.countPulls(session.branch)).toBe(0);
		expect((await session.view()).openings).toMatchObject([{ waitsFor: { name: "Omar" }, problem: null }]);
		expect(await fixture.openJobs(session.sessionId)).toEqual(
			expect.arrayContaining(["ask-to-link", "show-thread"]),
		);
		// Neither a start nor the end of the turn opens it in another name.
		await fixture.pullRequests.settle(session.sessionId);
		await fixture.pullRequests.heal();
		expect(await session.events()).toContain("pull_request.waiting");

		await fixture.link(omar, "omar");
		await session.next("pull_request.opened");
		const [pull] = (await session.view()).pullRequests;
		expect((await fixture.readPull(pull?.number)).user.login).toBe("omar");
		expect((await session.view()).openings).toEqual([]);
	});

	it("who connects while it begins to wait does not wait for ever", async () => {
		await session.open();
		// As if they had connected before the row said that it waits: nothing was there to be let go.
		const row = await readRow();
		await fixture.link(omar, "omar");
		await session.next("pull_request.opened");
		await db()
			.updateTable("pull_requests")
			.set({ state: "intended", number: null, url: null, waits_for: omar, branch: `${row?.branch}-x` })
			.where("id", "=", row?.id ?? "")
			.execute();
		await git(session.checkout, "push", "-q", "origin", `HEAD:refs/heads/${row?.branch}-x`);
		const task = createAskToLinkTask({
			db: db(),
			enqueue: fixture.core.jobs.enqueue,
			release: fixture.accounts.release,
			askToLink: async () => ({ outcome: "shown" }),
		});
		await task.run(
			{ version: 1, sessionId: session.sessionId, personId: omar },
			{ signal: new AbortController().signal },
		);
		await expect.poll(() => fixture.countPulls(`${row?.branch}-x`)).toBe(1);
	});

	it("somebody else who asks for it in the thread opens it", async () => {
		await session.open();
		await session.turnOf(noah);
		const { number } = await session.open();
		expect((await fixture.readPull(number)).user.login).toBe("noah");
		expect((await fixture.readPull(number)).body).toMatch(/Co-authored-by: Omar <\d+\+omar@users/);
	});

	it("the App opens it where the repository says so, and says for whom", async () => {
		await setRules({ app_opens: true });
		const { number } = await session.open();
		const pull = await fixture.readPull(number);
		expect(pull.user.login).toBe("bobbin[bot]");
		expect(pull.body).toContain("On behalf of Omar.");
		expect(pull.body).toMatch(/Co-authored-by: Omar <\d+\+omar@users\.noreply\.github\.com>$/);
		expect(await readRow()).toMatchObject({ opened_by: null, opened_as: "app" });
	});

	it("a repository that was archived meanwhile is told in the thread", async () => {
		await session.open();
		await fixture.call("PATCH", "/repos/acme/shop", { archived: true });
		await fixture.link(omar, "omar");
		await session.next("pull_request.refused");
		await fixture.call("PATCH", "/repos/acme/shop", { archived: false });
		const [opening] = (await session.view()).openings;
		expect(opening).toMatchObject({ waitsFor: null, problem: { code: "repository_archived" } });
		await fixture.pullRequests.heal();
		// Asked for again it is tried again.
		await session.turnOf(noah);
		expect((await session.open()).number).toBeGreaterThan(0);
		expect((await session.view()).openings).toEqual([]);
	});
});

it("a token that somebody took back at GitHub is void, and the pull request waits", async () => {
	await session.turnOf(omar);
	await session.push();
	const token = await fixture.accounts.userTokens.get(omar);
	if (token.outcome === "token") {
		const { clientId, clientSecret, apiUrl } = fixture.github.playground.connection;
		await fetch(`${apiUrl}/applications/${clientId}/token`, {
			method: "DELETE",
			headers: {
				authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}`,
				"user-agent": "test",
			},
			body: JSON.stringify({ access_token: token.token }),
		});
	}
	expect((await session.open()).waiting).toContain("Omar");
	expect((await fixture.linking.stateOf(omar)).state).toBe("revoked");
	await fixture.link(omar, "omar");
	await session.next("pull_request.opened");
});

describe("cut off", () => {
	beforeEach(async () => {
		await session.turnOf(mia);
		await session.push();
	});

	it("between the intent and GitHub, it is opened at the next start, once, as who asked", async () => {
		const id = await fixture.rows.pullRequest(
			{ sessionId: session.sessionId, repositoryId: fixture.repositoryId },
			{ branch: session.branch, state: "intended", number: null, opened_as: "person", opened_by: mia },
		);
		await Promise.all([fixture.pullRequests.heal(), fixture.pullRequests.heal()]);
		await session.next("pull_request.opened");
		const [pull] = (await session.view()).pullRequests;
		expect(pull?.id).toBe(id);
		expect((await fixture.readPull(pull?.number)).user.login).toBe("mia");
		expect(await fixture.countPulls(session.branch)).toBe(1);
	});

	it("between GitHub and its record, it is read back and no second is made", async () => {
		const { number } = await session.open();
		await db()
			.updateTable("pull_requests")
			.set({ state: "intended", number: null, url: null, opened_at: null })
			.where("session_id", "=", session.sessionId)
			.execute();
		expect((await session.open()).number).toBe(number);
		expect(await fixture.countPulls(session.branch)).toBe(1);
		expect(await readRow()).toMatchObject({ number, opened_by: mia, opened_as: "person" });
	});

	it("between GitHub and the note of a push, it is noted after the turn, once", async () => {
		const { sessionId } = session;
		await db().deleteFrom("audit_log").where("session_id", "=", sessionId).execute();
		const lost = { sessionId, promptId: null };
		// One of them never arrived.
		await fixture.pushes.sent({
			...lost,
			refs: [{ branch: `${session.branch}-2`, beforeSha: null, sha: "a".repeat(40) }],
		});
		await Promise.all([fixture.pushes.settle(sessionId), fixture.pushes.settle(sessionId)]);
		await fixture.pushes.settle(sessionId);
		expect(
			(await fixture.acts(sessionId)).map(({ action, person_id, subject }) => [action, person_id, subject]),
		).toEqual([["commits.pushed", mia, `acme/shop@${session.branch}`]]);
	});

	it("a GitHub that asks to wait is asked again without the agent", async () => {
		fixture.github.playground.setFault({
			...{ kind: "secondary_rate_limit" as const, times: 1, status: 403, retryAfterSeconds: 1 },
		});
		expect((await session.open()).waiting).toContain("It is opened by itself as soon as that works");
		await session.next("pull_request.opened");
		expect(await fixture.countPulls(session.branch)).toBe(1);
	});
});

describe("several in one session", () => {
	it("are stacked if asked, on open branches of the session only", async () => {
		await session.turnOf(mia);
		await session.push();
		await session.open();
		const above = `${session.branch}-above`;
		await session.push(above);
		const other = { branch: above, base: `${session.branch}-none` };
		expect((await session.open(other)).error).toMatchObject({ code: "bad_base" });
		expect((await session.open({ branch: above, base: above })).error).toMatchObject({ code: "bad_base" });
		const { number } = await session.open({ branch: above, base: session.branch });
		expect((await fixture.readPull(number)).base.ref).toBe(session.branch);
		expect((await session.view()).pullRequests).toHaveLength(2);
	});

	it("begin as drafts where the repository says so, unless the person has said otherwise", async () => {
		await setRules({ draft: true });
		await session.turnOf(mia);
		await session.push();
		expect((await fixture.readPull((await session.open()).number)).draft).toBe(true);
		await db().updateTable("people").set({ draft: false }).where("id", "=", mia).execute();
		const other = `${session.branch}-other`;
		await session.push(other);
		expect((await fixture.readPull((await session.open({ branch: other })).number)).draft).toBe(false);
	});
});

describe("what GitHub refuses is told with its remedy", () => {
	beforeEach(async () => {
		await session.turnOf(mia);
		await session.push();
	});

	it("single sign-on: where to go", async () => {
		fixture.github.playground.setFault({ kind: "sso_required", times: 1, status: 403, retryAfterSeconds: 0 });
		const { error } = await session.open();
		expect(error).toMatchObject({
			code: "sso_required",
			message: expect.stringMatching(
				/single sign-on: http\S+\/orgs\/acme\/sso\?authorization_request=\w+\. Then ask/,
			),
		});
		expect(await readRow()).toBeUndefined();
		expect((await session.open()).number).toBeGreaterThan(0);
	});

	it("an archived repository", async () => {
		await fixture.call("PATCH", "/repos/acme/shop", { archived: true });
		const { error } = await session.open();
		await fixture.call("PATCH", "/repos/acme/shop", { archived: false });
		expect(error).toMatchObject({
			code: "repository_archived",
			message: expect.stringContaining("unarchive"),
		});
	});

	it("a branch without commits, a branch that is not there", async () => {
		const empty = `${session.branch}-empty`;
		await git(session.checkout, "push", "-q", "origin", `origin/main:refs/heads/${empty}`);
		expect((await session.open({ branch: empty })).error).toMatchObject({ code: "no_commits" });
		expect((await session.open({ branch: `${session.branch}-never` })).error).toMatchObject({
			code: "branch_not_pushed",
		});
	});

	it("a protected branch, and only what GitHub took is kept", async () => {
		const locked = `${session.branch}-locked`;
		const rule = {
			...{ required_status_checks: null, required_pull_request_reviews: null },
			...{ enforce_admins: null, restrictions: null },
		};
		await fixture.call("PUT", `/repos/acme/shop/branches/${locked}/protection`, rule);
		const refs = [locked, `${session.branch}-free`].map((branch) => `HEAD:refs/heads/${branch}`);
		await expect(git(session.checkout, "push", "origin", ...refs)).rejects.toMatchObject({
			stderr: expect.stringMatching(
				/remote: GitHub did not take bobbin\/\S+-locked\. [\s\S]*let Bobbin's GitHub App push/,
			),
		});
		const kept = await db()
			.selectFrom("pushes")
			.select("branch")
			.where("session_id", "=", session.sessionId)
			.orderBy("branch")
			.execute();
		expect(kept.map(({ branch }) => branch)).toEqual([session.branch, `${session.branch}-free`]);
	});

	it("somebody who may only read", async () => {
		const zoe = await aPerson(fixture.core, "Zoe");
		await fixture.link(zoe, "zoe");
		await session.turnOf(zoe);
		await expect(session.push()).rejects.toMatchObject({ stderr: expect.stringContaining("403") });
		expect((await session.open()).error).toMatchObject({
			code: "forbidden",
			message: expect.stringContaining("may only read"),
		});
		// Past the gateway's door, the domain's own.
		await expect(
			fixture.pullRequests.open({
				...{ sessionId: session.sessionId, branch: session.branch, title: "t", body: "", draft: false },
			}),
		).rejects.toMatchObject({ code: "forbidden" });
		expect(await readRow()).toBeUndefined();
		// And past that, GitHub's: a person's token does what both the person and the App may.
		const token = await fixture.accounts.userTokens.get(zoe);
		const wanted = {
			...fixture.SHOP,
			branch: session.branch,
			base: "main",
			title: "t",
			body: "",
			draft: false,
		};
		await expect(
			fixture.github.github.createPullRequest({
				...wanted,
				personToken: token.outcome === "token" ? token.token : "",
			}),
		).rejects.toMatchObject({
			code: "forbidden",
			message: expect.stringContaining("may only read acme/shop"),
		});
	});
});
