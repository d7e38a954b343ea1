import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
	git,
	pushBranch,
	type RunningGithub,
	startPlaygroundGithub,
	withToken,
} from "../harness/playground-github.ts";

const SHOP = { owner: "acme", name: "shop" };

let running: RunningGithub;
let shopUrl: string;

beforeAll(async () => {
	running = await startPlaygroundGithub();
	const { token } = await running.github.installationToken({ ...SHOP, permissions: { contents: "write" } });
	shopUrl = withToken(running.github.gitUrl(SHOP), token);
});
afterAll(async () => {
	await running.stop();
});

const newPull = (branch: string) => ({
	...SHOP,
	branch,
	base: "main",
	title: "Fix the total",
	body: "It was 1.",
	draft: false,
});

describe("repositories", () => {
	it("lists every repository of every installation with its facts", async () => {
		const facts = await running.github.listRepositories();
		expect(facts).toHaveLength(2);
		expect(facts[0]).toMatchObject({
			owner: "acme",
			name: "shop",
			defaultBranch: "main",
			description: "The shop",
			languages: ["TypeScript", "HTML"],
			topics: ["shop"],
			private: true,
			archived: false,
		});
		expect(facts[0]?.installationId).toBe(facts[1]?.installationId);
	});
});

describe("pull requests", () => {
	it("opens one for a pushed branch, finds it by branch, reads its numbers", async () => {
		await pushBranch({
			url: shopUrl,
			folder: join(running.workDir, "one"),
			branch: "bobbin/one",
			files: { "src/cart.ts": "export const total = 2;\nexport const tax = 1;\n" },
		});
		expect(await running.github.findPullRequest({ ...SHOP, branch: "bobbin/one" })).toBeNull();
		const opened = await running.github.createPullRequest(newPull("bobbin/one"));
		const headSha = await git(join(running.workDir, "one"), "rev-parse", "HEAD");
		expect(opened).toMatchObject({
			number: 1,
			url: `${running.origin}/playground/github/acme/shop/pull/1`,
			title: "Fix the total",
			branch: "bobbin/one",
			base: "main",
			headSha,
			state: "open",
			draft: false,
			additions: 2,
			deletions: 1,
		});
		expect(await running.github.findPullRequest({ ...SHOP, branch: "bobbin/one" })).toEqual(opened);
		expect(await running.github.readPullRequest({ ...SHOP, number: 1 })).toEqual(opened);
	});

	it("says that one exists, and makes no second", async () => {
		await expect(running.github.createPullRequest(newPull("bobbin/one"))).rejects.toMatchObject({
			code: "pull_request_exists",
			retryable: false,
		});
	});

	it("says that there is nothing to merge", async () => {
		await git(
			join(running.workDir, "one"),
			"push",
			"--quiet",
			"origin",
			"origin/main:refs/heads/bobbin/empty",
		);
		await expect(running.github.createPullRequest(newPull("bobbin/empty"))).rejects.toMatchObject({
			code: "no_commits",
		});
	});

	it("says that the branch was not pushed", async () => {
		await expect(running.github.createPullRequest(newPull("bobbin/never"))).rejects.toMatchObject({
			code: "branch_not_pushed",
		});
	});

	it("says that a repository is unknown", async () => {
		const gone = { owner: "acme", name: "gone" };
		await expect(running.github.readPullRequest({ ...gone, number: 1 })).rejects.toMatchObject({
			code: "repository_not_found",
		});
	});
});

describe("trouble", () => {
	it.each([
		[
			{ kind: "secondary_rate_limit", status: 403 },
			{ code: "rate_limited", retryable: true },
		],
		[
			{ kind: "secondary_rate_limit", status: 429 },
			{ code: "rate_limited", retryable: true },
		],
		[
			{ kind: "unavailable", status: 502 },
			{ code: "github_unavailable", retryable: true },
		],
	] as const)("translates %o", async (fault, expected) => {
		await running.github.readPullRequest({ ...SHOP, number: 1 });
		running.playground.setFault({ ...fault, times: 1, retryAfterSeconds: 1 });
		await expect(running.github.readPullRequest({ ...SHOP, number: 1 })).rejects.toMatchObject(expected);
		await running.github.readPullRequest({ ...SHOP, number: 1 });
	});
});

describe("installation tokens", () => {
	it("are kept until five minutes before their end, and asked for once when many want one", async () => {
		let nowMs = Date.now();
		const other = await startPlaygroundGithub({ adapterNow: () => nowMs });
		const permissions = { contents: "read" } as const;
		const [first, twin] = await Promise.all([
			other.github.installationToken({ ...SHOP, permissions }),
			other.github.installationToken({ ...SHOP, permissions }),
		]);
		expect(first).toEqual(twin);
		expect(first.expiresAtMs - nowMs).toBeGreaterThan(59 * 60_000);
		nowMs += 54 * 60_000;
		expect(await other.github.installationToken({ ...SHOP, permissions })).toEqual(first);
		nowMs += 2 * 60_000;
		expect((await other.github.installationToken({ ...SHOP, permissions })).token).not.toBe(first.token);
		await other.stop();
	});
});
