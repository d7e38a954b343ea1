import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { git, type RunningGithub, startPlaygroundGithub, withToken } from "../harness/playground-github.ts";

let running: RunningGithub;
const webhooks: { event: string; body: { action?: string; changes?: unknown } }[] = [];

beforeAll(async () => {
	running = await startPlaygroundGithub();
	running.onWebhook(async (request) => {
		const event = request.headers.get("x-github-event") ?? "";
		webhooks.push({ event, body: (await request.json()) as (typeof webhooks)[number]["body"] });
		return new Response(null, { status: 202 });
	});
});
afterAll(async () => {
	await running.stop();
});

async function call(method: string, path: string, body?: unknown, token = "ghp_mia") {
	const answer = await fetch(`${running.playground.connection.apiUrl}${path}`, {
		method,
		redirect: "manual",
		headers: { authorization: `Bearer ${token}`, "user-agent": "test" },
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
	});
	const text = await answer.text();
	const json = text === "" ? null : (JSON.parse(text) as Record<string, unknown>);
	return { status: answer.status, location: answer.headers.get("location"), json };
}
const told = async () => {
	await running.playground.settleWebhooks();
	return webhooks.splice(0).map(({ event, body }) => `${event} ${body.action ?? ""}`.trim());
};
const read = { permissions: { contents: "read" } } as const;
const address = (name: string) => ({ owner: "acme", name });
const tokenOf = async (name: string) =>
	(await running.github.installationToken({ ...address(name), ...read })).token;

describe("a repository that was renamed", () => {
	it("is found under its old name by redirects, for reading and writing, and by git", async () => {
		const token = await tokenOf("shop");
		const { json } = await call("PATCH", "/repos/acme/shop", { name: "store" });
		expect(json).toMatchObject({ full_name: "acme/store" });
		expect(await told()).toEqual(["repository renamed"]);
		const byNumber = `${running.playground.connection.apiUrl}/repositories/${json?.id}`;
		expect(await call("GET", "/repos/acme/shop/branches?per_page=1")).toMatchObject({
			status: 301,
			location: `${byNumber}/branches?per_page=1`,
			json: { message: "Moved Permanently" },
		});
		expect(await call("POST", "/repos/acme/shop/pulls", {})).toMatchObject({
			status: 307,
			location: `${byNumber}/pulls`,
		});
		expect((await fetch(byNumber, { headers: { authorization: "Bearer ghp_mia" } })).status).toBe(200);
		expect((await call("GET", "/repos/acme/shop", undefined, "ghp_nobody")).status).toBe(401);
		// A token is made for names of today only.
		await expect(
			running.github.installationToken({ ...address("shop"), permissions: { contents: "write" } }),
		).rejects.toMatchObject({ code: "repository_not_found" });
		const clone = join(running.workDir, "moved");
		await git(
			running.workDir,
			"clone",
			"--quiet",
			withToken(running.github.gitUrl(address("shop")), token),
			clone,
		);
		expect(await git(clone, "ls-files")).toContain("README.md");
	});

	it("leaves its old name to the next repository that takes it", async () => {
		await call("POST", "/orgs/acme/repos", { name: "shop" });
		expect(await call("GET", "/repos/acme/shop")).toMatchObject({
			status: 200,
			json: { full_name: "acme/shop" },
		});
		expect((await call("PATCH", "/repos/acme/shop", { name: "store" })).status).toBe(422);
		await told();
	});
});

it("an archived repository refuses pushes and writes, and can be read", async () => {
	const { token } = await running.github.installationToken({
		...address("docs"),
		permissions: { contents: "write" },
	});
	await call("PATCH", "/repos/acme/docs", { archived: true });
	expect(await told()).toEqual(["repository archived"]);
	const clone = join(running.workDir, "archived");
	await git(
		running.workDir,
		"clone",
		"--quiet",
		withToken(running.github.gitUrl(address("docs")), token),
		clone,
	);
	await expect(git(clone, "push", "origin", "HEAD:refs/heads/bobbin/x")).rejects.toMatchObject({
		stderr: expect.stringMatching(/archived so is read-only[\s\S]*403/),
	});
	expect((await call("PATCH", "/repos/acme/docs", { description: "x" })).status).toBe(403);
	expect((await call("PATCH", "/repos/acme/docs", { archived: false })).status).toBe(200);
});

it("a repository that the App was denied is gone for it at once, its tokens too, and comes back", async () => {
	const token = await tokenOf("docs");
	const installation = (await running.github.listRepositories())[0]?.installationId;
	const { json } = await call("GET", "/repos/acme/docs");
	const place = `/user/installations/${installation}/repositories/${json?.id}`;
	expect((await call("DELETE", place, undefined, "ghp_noah")).status).toBe(404);
	await told();
	expect((await call("DELETE", place)).status).toBe(204);
	expect(await told()).toEqual(["installation_repositories removed"]);
	expect((await call("GET", "/repos/acme/docs", undefined, token)).status).toBe(404);
	await expect(
		git(running.workDir, "ls-remote", withToken(running.github.gitUrl(address("docs")), token)),
	).rejects.toMatchObject({ stderr: expect.stringContaining("Repository not found") });
	expect((await running.github.listRepositories()).map(({ name }) => name)).not.toContain("docs");
	running.github.forgetTokens(address("docs"));
	await expect(tokenOf("docs")).rejects.toMatchObject({ code: "repository_not_found" });
	expect((await call("PUT", place)).status).toBe(204);
	expect(await tokenOf("docs")).toMatch(/^ghs_/);
});

it("a default branch that is renamed takes pull requests along; an empty repository has none", async () => {
	expect((await call("PATCH", "/repos/acme/docs", { default_branch: "trunk" })).status).toBe(422);
	await told();
	await call("POST", "/repos/acme/docs/branches/main/rename", { new_name: "trunk" });
	expect(await told()).toEqual(["push", "push", "repository edited"]);
	expect((await call("GET", "/repos/acme/docs")).json).toMatchObject({ default_branch: "trunk" });
	expect(await running.github.readBranchHead({ ...address("docs"), branch: "main" })).toBeNull();
	await call("POST", "/orgs/acme/repos", { name: "empty", auto_init: false });
	expect((await call("GET", "/repos/acme/empty/git/ref/heads/main")).status).toBe(409);
});

it("says how large a repository is, in KiB; a size can be claimed", async () => {
	const sizeOf = async (name: string) =>
		(await running.github.listRepositories()).find((one) => one.name === name)?.sizeKib;
	expect(await sizeOf("store")).toBeGreaterThanOrEqual(0);
	await call("POST", "/playground/sizes", { ...address("store"), kib: 5 * 1024 * 1024 });
	expect(await sizeOf("store")).toBe(5 * 1024 * 1024);
});
