import { createHmac, randomUUID } from "node:crypto";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { AppError } from "../../src/errors.ts";
import type { PullRequestNow } from "../../src/github/github.ts";
import { createGithubStore } from "../../src/github/store.ts";
import type { WebhookTargets } from "../../src/github/webhooks/targets.ts";
import { createGithubWebhooks, type GithubWebhooks } from "../../src/github/webhooks/webhooks.ts";
import { createTestDatabase } from "../harness/database.ts";
import {
	createTemporaryFolder,
	git,
	pushBranch,
	type RunningGithub,
	startPlaygroundGithub,
	withToken,
	writeFiles,
} from "../harness/playground-github.ts";

const SHOP = { owner: "acme", name: "shop" };
const SECRET = "a secret of the tests";
type Change = Parameters<WebhookTargets["onPullRequest"]>[0];

let database: Awaited<ReturnType<typeof createTestDatabase>>;
beforeAll(async () => {
	database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
	await database.db.deleteFrom("inbox").execute();
});

const rows = () => database.db.selectFrom("inbox").selectAll().orderBy("id").execute();

function facts(change: Partial<PullRequestNow> = {}): PullRequestNow {
	return {
		number: 7,
		url: "http://github.test/acme/shop/pull/7",
		title: "t",
		branch: "b",
		base: "main",
		headSha: "0",
		state: "open",
		draft: false,
		additions: 1,
		deletions: 0,
		mergedAtMs: null,
		mergedBy: null,
		closedAtMs: null,
		isFork: false,
		body: "",
		...change,
	};
}

function noTargets(tell: (name: keyof WebhookTargets, input: unknown) => void): WebhookTargets {
	const target = (name: keyof WebhookTargets) => async (input?: unknown) => tell(name, input);
	return {
		onPullRequest: target("onPullRequest"),
		onReviews: target("onReviews"),
		onComment: target("onComment"),
		onChecks: target("onChecks"),
		onChecksAskedAgain: target("onChecksAskedAgain"),
		onMergeGroup: target("onMergeGroup"),
		onPush: target("onPush"),
		onRepositoriesChanged: target("onRepositoriesChanged"),
		onHeardAgain: target("onHeardAgain"),
		onRightsChanged: target("onRightsChanged"),
		onAuthorizationRevoked: target("onAuthorizationRevoked"),
	};
}

/** Webhooks of our own making into the real part, with what came out of it. */
function createDoor(
	options: {
		read?: () => Promise<PullRequestNow>;
		secret?: string;
		onPullRequest?: (change: Change) => Promise<void>;
	} = {},
) {
	const changes: Change[] = [];
	const told: [string, unknown][] = [];
	const pushes: { repository: { owner: string; name: string }; ref: string }[] = [];
	let listings = 0;
	const webhooks = createGithubWebhooks({
		store: createGithubStore(database.db),
		secret: options.secret ?? SECRET,
		github: { readPullRequest: options.read ?? (async () => facts()), forgetTokens: () => {} },
		targets: {
			...noTargets((name, input) => void told.push([name, input])),
			onPullRequest: async (change) => {
				await options.onPullRequest?.(change);
				changes.push(change);
			},
			onPush: async (push) => void pushes.push(push),
			onRepositoriesChanged: async () => {
				listings++;
			},
		},
		log: pino({ level: "silent" }),
		now: Date.now,
	});
	return { webhooks, changes, pushes, told, listings: () => listings };
}

const pullRequestPayload = {
	action: "closed",
	repository: { name: "shop", owner: { login: "acme" } },
	pull_request: { number: 7, title: "anything \u0000 \ud800" },
};

function request(
	payload: unknown,
	options: { id?: string; event?: string; secret?: string; signature?: string } = {},
): Request {
	const body = typeof payload === "string" ? payload : JSON.stringify(payload);
	const signature = createHmac("sha256", options.secret ?? SECRET)
		.update(body)
		.digest("hex");
	return new Request("http://bobbin.test/github/webhooks", {
		method: "POST",
		body,
		headers: {
			"x-github-event": options.event ?? "pull_request",
			"x-github-delivery": options.id ?? randomUUID(),
			"x-hub-signature-256": options.signature ?? `sha256=${signature}`,
		},
	});
}

describe("what is not GitHub's", () => {
	it.each([
		["another secret", { secret: "another" }],
		["no signature", { signature: "" }],
		["a signature that is none", { signature: "sha256=zz" }],
		["the signature of another body", { signature: `sha256=${"0".repeat(64)}` }],
	])("is 401 and leaves no row: %s", async (_, options) => {
		const { webhooks, changes } = createDoor();
		expect((await webhooks.handle(request(pullRequestPayload, options))).status).toBe(401);
		await webhooks.drain();
		expect(await rows()).toEqual([]);
		expect(changes).toEqual([]);
	});

	it("is 413 when it goes on and on, and is not read to its end", async () => {
		const { webhooks } = createDoor();
		let sentBytes = 0;
		const body = new ReadableStream({
			pull(controller) {
				sentBytes += 1024 * 1024;
				// An end after all, so that reading everything fails this test and does not hang it.
				if (sentBytes > 64 * 1024 * 1024) controller.close();
				else controller.enqueue(new Uint8Array(1024 * 1024));
			},
		});
		const endless = new Request("http://bobbin.test/", {
			method: "POST",
			body,
			duplex: "half",
		} as RequestInit);
		expect((await webhooks.handle(endless)).status).toBe(413);
		expect(sentBytes).toBeLessThan(30 * 1024 * 1024);
	});

	it("is 400 when it is signed but cannot be read", async () => {
		const { webhooks } = createDoor();
		expect((await webhooks.handle(request("{"))).status).toBe(400);
		expect((await webhooks.handle(request({ repository: 7 }))).status).toBe(400);
		expect(await rows()).toEqual([]);
	});
});

describe("a delivery", () => {
	it("is kept, answered, and read again from GitHub", async () => {
		const { webhooks, changes } = createDoor({ read: async () => facts({ state: "merged" }) });
		expect((await webhooks.handle(request(pullRequestPayload, { id: "d1" }))).status).toBe(202);
		await webhooks.drain();
		expect(changes).toEqual([
			{
				repository: { ...SHOP, githubId: null },
				pullRequest: facts({ state: "merged" }),
				askedAtMs: expect.any(Number),
				heads: [],
				action: "closed",
				sender: null,
			},
		]);
		expect(await rows()).toMatchObject([
			{ source: "github", key: "d1", attempts: 1, processed_at: expect.any(Date), last_error: null },
		]);
	});

	it("that comes five times at once happens once", async () => {
		const { webhooks, changes } = createDoor();
		const answers = await Promise.all(
			Array.from({ length: 5 }, () => webhooks.handle(request(pullRequestPayload, { id: "same" }))),
		);
		expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202]);
		await webhooks.drain();
		expect(changes).toHaveLength(1);
		expect(await rows()).toHaveLength(1);
	});

	it.each(["installation", "installation_repositories", "repository"])("of %s lists again", async (event) => {
		const { webhooks, listings } = createDoor();
		await webhooks.handle(request({ action: "created" }, { event }));
		await webhooks.drain();
		expect(listings()).toBe(1);
	});

	it.each(["check_run", "check_suite"])("of a %s tells whether somebody asks for it again", async (event) => {
		const { webhooks, told } = createDoor();
		const payload = { repository: pullRequestPayload.repository, [event]: { head_sha: "1" } };
		const of = { repository: { ...SHOP, githubId: null }, sha: "1" };
		await webhooks.handle(request({ ...payload, action: "completed" }, { event }));
		await webhooks.handle(request({ ...payload, action: "rerequested" }, { event }));
		await webhooks.drain();
		expect(told.filter(([name]) => name === "onChecksAskedAgain")).toEqual([["onChecksAskedAgain", of]]);
		expect(told.filter(([name]) => name === "onChecks")).toHaveLength(2);
	});

	it.each(["issues", "pull_request"])(
		"of %s tells what was opened or edited, and nothing else of it",
		async (event) => {
			const { webhooks, told } = createDoor();
			const subject = { [event === "issues" ? "issue" : "pull_request"]: { number: 7 } };
			for (const action of ["opened", "edited", "labeled", "closed", "deleted"])
				await webhooks.handle(
					request({ ...pullRequestPayload, pull_request: undefined, ...subject, action }, { event }),
				);
			await webhooks.drain();
			const { repository } = pullRequestPayload;
			const description = {
				repository: { owner: repository.owner.login, name: repository.name, githubId: null },
				...{ number: 7, kind: "description", commentId: 7 },
			};
			expect(told.filter(([name]) => name === "onComment")).toEqual([
				["onComment", description],
				["onComment", description],
			]);
		},
	);

	it("of a merge queue tells the commit that waits for checks, and not that it is done with", async () => {
		const { webhooks, told } = createDoor();
		const payload = { repository: pullRequestPayload.repository, merge_group: { head_sha: "1" } };
		for (const action of ["checks_requested", "destroyed"])
			await webhooks.handle(request({ ...payload, action }, { event: "merge_group" }));
		await webhooks.drain();
		expect(told).toEqual([["onMergeGroup", { repository: { ...SHOP, githubId: null }, sha: "1" }]]);
	});

	it("of a push tells the branch, and says nothing without one", async () => {
		const { webhooks, pushes } = createDoor();
		const { repository } = pullRequestPayload;
		await webhooks.handle(request({ repository, ref: "refs/heads/main", after: "1" }, { event: "push" }));
		await webhooks.handle(request({ repository }, { event: "push" }));
		await webhooks.drain();
		expect(pushes).toEqual([{ repository: SHOP, ref: "refs/heads/main" }]);
	});

	it("that fails for now is taken again by itself", async () => {
		let calls = 0;
		const done = Promise.withResolvers<void>();
		const { webhooks, changes } = createDoor({
			read: async () => {
				calls++;
				if (calls === 1) throw new AppError("github_unavailable", "not now", { retryable: true });
				return facts();
			},
			onPullRequest: async () => done.resolve(),
		});
		await webhooks.handle(request(pullRequestPayload));
		await done.promise;
		await webhooks.drain();
		expect(changes).toHaveLength(1);
		expect(await rows()).toMatchObject([{ attempts: 2, processed_at: expect.any(Date) }]);
	});

	it("that can never succeed is laid down with its reason", async () => {
		const { webhooks } = createDoor({
			read: async () => {
				throw new AppError("repository_not_found", "It is gone.");
			},
		});
		await webhooks.handle(request(pullRequestPayload));
		await webhooks.drain();
		expect(await rows()).toMatchObject([{ processed_at: expect.any(Date), last_error: "It is gone." }]);
	});
});

describe("after a crash", () => {
	it("what was kept and not processed is processed", async () => {
		const body = { event: "pull_request", repository: { name: "shop", owner: { login: "acme" } } };
		await createGithubStore(database.db).insertDelivery({
			id: "left",
			body: { ...body, pull_request: { number: 7 } },
		});
		const { webhooks, changes } = createDoor();
		await webhooks.replay();
		expect(changes).toHaveLength(1);
		await webhooks.replay();
		expect(changes).toHaveLength(1);
		await webhooks.drain();
	});

	it("what another instance left is processed by one that lives on", async () => {
		const { webhooks, listings } = createDoor();
		vi.useFakeTimers({ toFake: ["setTimeout"] });
		await webhooks.replay();
		await createGithubStore(database.db).insertDelivery({ id: "orphan", body: { event: "repository" } });
		vi.advanceTimersByTime(60_000);
		vi.useRealTimers();
		await expect.poll(listings).toBe(1);
		await webhooks.drain();
	});

	it("what a living process has is left to it", async () => {
		const store = createGithubStore(database.db);
		const row = await store.insertDelivery({ id: "busy", body: { event: "repository" } });
		await store.claimDelivery(row?.id ?? 0);
		const { webhooks, listings } = createDoor();
		await webhooks.replay();
		await webhooks.drain();
		expect(listings()).toBe(0);
	});
});

describe("with playground GitHub", () => {
	let running: RunningGithub;
	let webhooks: GithubWebhooks;
	const changes: Change[] = [];

	async function changeWhere(accept: (pull: PullRequestNow) => boolean): Promise<PullRequestNow> {
		for (;;) {
			await running.playground.settleWebhooks();
			const found = changes.find(({ pullRequest }) => accept(pullRequest));
			if (found !== undefined) return found.pullRequest;
			await new Promise((resolve) => setImmediate(resolve));
		}
	}

	beforeAll(async () => {
		running = await startPlaygroundGithub();
		webhooks = createGithubWebhooks({
			store: createGithubStore(database.db),
			secret: running.playground.connection.webhookSecret,
			github: running.github,
			targets: { ...noTargets(() => {}), onPullRequest: async (change) => void changes.push(change) },
			log: pino({ level: "silent" }),
			now: Date.now,
		});
		running.onWebhook((received) => webhooks.handle(received));
	});
	afterAll(async () => {
		await webhooks.drain();
		await running.stop();
	});

	it("hears of a pull request that is opened, gets another commit, and is merged on its page", async () => {
		await using folder = await createTemporaryFolder();
		const { token } = await running.github.installationToken({ ...SHOP, permissions: { contents: "write" } });
		const clone = join(folder.path, "clone");
		await pushBranch({
			url: withToken(running.github.gitUrl(SHOP), token),
			folder: clone,
			branch: "bobbin/heard",
			files: { "a.txt": "one\n" },
		});
		const opened = await running.github.createPullRequest({
			...SHOP,
			branch: "bobbin/heard",
			base: "main",
			title: "Heard",
			body: "",
			draft: false,
		});
		expect(await changeWhere(({ state }) => state === "open")).toEqual(opened);

		await writeFiles(clone, { "b.txt": "two\n" });
		await git(clone, "add", "--all");
		await git(clone, "commit", "--quiet", "-m", "More");
		await git(clone, "push", "--quiet", "origin", "HEAD");
		const head = await git(clone, "rev-parse", "HEAD");
		expect(await changeWhere(({ headSha }) => headSha === head)).toMatchObject({
			state: "open",
			additions: 2,
		});

		const merged = await fetch(`${opened.url}/merge`, {
			method: "POST",
			body: new URLSearchParams({ as: "mia", method: "merge" }),
			redirect: "manual",
		});
		expect(merged.status).toBe(303);
		expect(await changeWhere(({ state }) => state === "merged")).toMatchObject({ number: 1, additions: 2 });
	});
});

it("that nobody took is sent again when GitHub is asked for it", async () => {
	const running = await startPlaygroundGithub({ adapterNow: () => Date.now() + 120_000 });
	const given: (string | null)[] = [];
	let isAway = true;
	running.onWebhook(async (request) => {
		given.push(request.headers.get("x-github-delivery"));
		return new Response(null, { status: isAway ? 503 : 202 });
	});
	await fetch(`${running.playground.connection.apiUrl}/repos/acme/shop`, {
		method: "PATCH",
		headers: { authorization: "Bearer ghp_mia" },
		body: JSON.stringify({ description: "Told" }),
	});
	await running.playground.settleWebhooks();
	isAway = false;
	expect(await running.github.redeliver()).toEqual({ asked: 1 });
	await running.playground.settleWebhooks();
	expect(given).toEqual([given[0], given[0]]);
	expect(await running.github.redeliver()).toEqual({ asked: 0 });
	await running.stop();
});
