import { createPrivateKey, createSign } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
	pushBranch,
	type RunningGithub,
	startPlaygroundGithub,
	withToken,
} from "../harness/playground-github.ts";

const SHOP = { owner: "acme", name: "shop" };
let running: RunningGithub;

beforeAll(async () => {
	running = await startPlaygroundGithub();
});
afterAll(async () => {
	await running.stop();
});

async function call(
	token: string | null,
	method: string,
	path: string,
	body?: unknown,
	headers: Record<string, string> = {},
) {
	const response = await fetch(`${running.playground.connection.apiUrl}${path}`, {
		method,
		headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers },
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
	});
	const text = await response.text();
	const json: unknown = response.headers.get("content-type")?.includes("json") ? JSON.parse(text) : null;
	return { status: response.status, headers: response.headers, text, json };
}

function makeJwt(claims: Record<string, unknown>, alg = "RS256"): string {
	const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
	const unsigned = `${part({ alg, typ: "JWT" })}.${part(claims)}`;
	const key = createPrivateKey(running.playground.connection.privateKey);
	return `${unsigned}.${createSign("sha256").update(unsigned).sign(key, "base64url")}`;
}
const seconds = () => Math.floor(Date.now() / 1000);
const appJwt = () =>
	makeJwt({ iat: seconds() - 30, exp: seconds() + 500, iss: running.playground.connection.appId });

async function installationId(): Promise<number> {
	const { json } = await call(appJwt(), "GET", "/app/installations");
	return (json as { id: number }[])[0]?.id ?? 0;
}
async function tokenFor(body: unknown): Promise<string> {
	const path = `/app/installations/${await installationId()}/access_tokens`;
	const { json } = await call(appJwt(), "POST", path, body);
	return (json as { token: string }).token;
}

describe("the App's own token", () => {
	it("is taken when it is right", async () => {
		expect((await call(appJwt(), "GET", "/app")).status).toBe(200);
	});
	it.each([
		["nothing", () => null],
		["a text", () => "nonsense"],
		["another signature", () => `${appJwt().slice(0, -8)}AAAAAAAA`],
		["no algorithm", () => makeJwt({ iat: seconds(), exp: seconds() + 60, iss: "100001" }, "none")],
		["an hour of life", () => makeJwt({ iat: seconds(), exp: seconds() + 3600, iss: "100001" })],
		["an end in the past", () => makeJwt({ iat: seconds() - 90, exp: seconds() - 30, iss: "100001" })],
		["a begin in the future", () => makeJwt({ iat: seconds() + 300, exp: seconds() + 400, iss: "100001" })],
	])("is refused with %s", async (_, token) => {
		expect((await call(token(), "GET", "/app")).status).toBe(401);
	});
	it("is refused for another App", async () => {
		const token = makeJwt({ iat: seconds(), exp: seconds() + 60, iss: "7" });
		expect((await call(token, "GET", "/app")).status).toBe(404);
	});
});

describe("installation tokens", () => {
	it("cannot be for an unknown repository or for more than the App was given", async () => {
		const path = `/app/installations/${await installationId()}/access_tokens`;
		expect((await call(appJwt(), "POST", path, { repositories: ["gone"] })).status).toBe(422);
		expect((await call(appJwt(), "POST", path, { permissions: { administration: "write" } })).status).toBe(
			422,
		);
		expect((await call(appJwt(), "POST", path, { permissions: { statuses: "write" } })).status).toBe(422);
		expect((await call(appJwt(), "POST", path, { repository: ["shop"] })).status).toBe(422);
	});
	it("see only their repositories", async () => {
		const token = await tokenFor({ repositories: ["shop"] });
		expect((await call(token, "GET", "/repos/acme/shop")).status).toBe(200);
		expect((await call(token, "GET", "/repos/acme/docs")).status).toBe(404);
		const { json } = await call(token, "GET", "/installation/repositories");
		expect(json).toMatchObject({ total_count: 1, repositories: [{ full_name: "acme/shop" }] });
	});
	it("do only what they were made for", async () => {
		const token = await tokenFor({ repositories: ["shop"], permissions: { contents: "read" } });
		expect((await call(token, "GET", "/repos/acme/shop/branches")).status).toBe(200);
		const refused = await call(token, "POST", "/repos/acme/shop/pulls", {
			title: "t",
			head: "h",
			base: "main",
		});
		expect(refused).toMatchObject({
			status: 403,
			json: { message: "Resource not accessible by integration" },
		});
	});
	it("are over when they are given back", async () => {
		const token = await tokenFor({});
		expect((await call(token, "DELETE", "/installation/token")).status).toBe(204);
		expect((await call(token, "GET", "/installation/repositories")).status).toBe(401);
	});
	it("page with Link headers", async () => {
		const token = await tokenFor({});
		const first = await call(token, "GET", "/installation/repositories?per_page=1");
		expect(first.json).toMatchObject({ total_count: 2, repositories: [{ name: "shop" }] });
		const next = /<([^>]+)>; rel="next"/.exec(first.headers.get("link") ?? "")?.[1] ?? "";
		const second = await fetch(next, { headers: { authorization: `token ${token}` } });
		expect(await second.json()).toMatchObject({ repositories: [{ name: "docs" }] });
		expect(second.headers.get("link")).not.toContain('rel="next"');
	});
});

describe("what is refused", () => {
	it.each([
		["an unknown field", { title: "t", head: "x", base: "main", colour: "red" }, "colour"],
		["a missing field", { title: "t", base: "main" }, "head"],
		["a branch that is not there", { title: "t", head: "x", base: "main" }, "head"],
	])("a pull request with %s", async (_, body, field) => {
		const { status, json } = await call("ghp_mia", "POST", "/repos/acme/shop/pulls", body);
		expect(status).toBe(422);
		expect(json).toMatchObject({ message: "Validation Failed", errors: [{ field }] });
	});
	it("a body that is not JSON, a path that is not there", async () => {
		const response = await fetch(`${running.playground.connection.apiUrl}/repos/acme/shop/pulls`, {
			method: "POST",
			headers: { authorization: "Bearer ghp_mia" },
			body: "{",
		});
		expect(response.status).toBe(400);
		expect((await call("ghp_mia", "GET", "/nothing/here")).status).toBe(404);
	});
});

describe("a pull request from beginning to end", () => {
	it("is opened by the bot, checked, approved by a person, merged by a person", async () => {
		const token = await tokenFor({ repositories: ["shop"] });
		const head = await pushBranch({
			url: withToken(running.github.gitUrl(SHOP), token),
			folder: join(running.workDir, "whole"),
			branch: "bobbin/whole",
			files: { "src/new.ts": "export {};\n" },
		});
		const protection = "/repos/acme/shop/branches/main/protection";
		const rule = {
			required_status_checks: { contexts: ["tests"] },
			required_pull_request_reviews: { required_approving_review_count: 1 },
			enforce_admins: true,
			restrictions: null,
		};
		expect((await call("ghp_noah", "PUT", protection, rule)).status).toBe(403);
		expect((await call("ghp_mia", "PUT", protection, rule)).status).toBe(200);

		const opened = await call(token, "POST", "/repos/acme/shop/pulls", {
			title: "Whole",
			head: "bobbin/whole",
			base: "main",
			body: "",
		});
		expect(opened).toMatchObject({
			status: 201,
			json: { number: 1, user: { login: "bobbin[bot]", type: "Bot" }, mergeable: true, changed_files: 1 },
		});
		const again = await call(token, "POST", "/repos/acme/shop/pulls", {
			title: "Whole",
			head: "bobbin/whole",
			base: "main",
		});
		expect(again.json).toMatchObject({
			errors: [{ code: "custom", message: "A pull request already exists for acme:bobbin/whole." }],
		});
		const at = "/repos/acme/shop/pulls/1";
		const diff = await call(token, "GET", at, undefined, { accept: "application/vnd.github.diff" });
		expect(diff.text).toContain("+export {};");
		expect((await call(token, "GET", `${at}/files`)).json).toMatchObject([
			{ filename: "src/new.ts", status: "added", additions: 1, deletions: 0 },
		]);

		expect((await call("ghp_noah", "PUT", `${at}/merge`, {})).json).toMatchObject({
			message: 'Required status check "tests" is expected.',
		});
		const run = await call(token, "POST", "/repos/acme/shop/check-runs", { name: "tests", head_sha: head });
		expect(run.status).toBe(201);
		const runPath = `/repos/acme/shop/check-runs/${(run.json as { id: number }).id}`;
		expect((await call(token, "PATCH", runPath, { status: "completed" })).status).toBe(422);
		expect((await call(token, "PATCH", runPath, { conclusion: "success" })).status).toBe(200);

		expect((await call("ghp_noah", "PUT", `${at}/merge`, {})).status).toBe(405);
		expect((await call(token, "POST", `${at}/reviews`, { event: "APPROVE" })).status).toBe(422);
		// A reader's approval is heard but does not count.
		await call("ghp_zoe", "POST", `${at}/reviews`, { event: "APPROVE" });
		expect((await call("ghp_noah", "PUT", `${at}/merge`, {})).status).toBe(405);
		await call("ghp_mia", "POST", `${at}/reviews`, { event: "APPROVE" });
		expect((await call("ghp_zoe", "PUT", `${at}/merge`, {})).status).toBe(403);
		expect((await call("ghp_noah", "PUT", `${at}/merge`, { sha: "0".repeat(40) })).status).toBe(409);
		expect((await call("ghp_noah", "PUT", `${at}/merge`, { merge_method: "rebase" })).status).toBe(405);
		const merged = await call("ghp_noah", "PUT", `${at}/merge`, {});
		expect(merged).toMatchObject({ status: 200, json: { merged: true } });

		expect((await call(token, "GET", at)).json).toMatchObject({
			state: "closed",
			merged: true,
			merged_by: { login: "noah" },
			additions: 1,
		});
		const commits = await call(token, "GET", "/repos/acme/shop/commits");
		expect(commits.json).toMatchObject([
			{ commit: { author: { name: "Noah" }, message: expect.stringContaining("Merge pull request #1") } },
			{ sha: head },
			{ commit: { message: "Initial commit" } },
		]);
		expect((await call(token, "GET", "/repos/acme/shop/contents/src/new.ts")).json).toMatchObject({
			content: Buffer.from("export {};\n").toString("base64"),
		});
		expect((await call("ghp_mia", "PATCH", at, { state: "open" })).status).toBe(422);
	});

	it("cannot be merged where it conflicts", async () => {
		const url = withToken(running.github.gitUrl({ owner: "acme", name: "docs" }), "ghp_mia");
		for (const branch of ["left", "right"]) {
			await pushBranch({
				url,
				folder: join(running.workDir, branch),
				branch,
				files: { "README.md": `# ${branch}\n` },
			});
			await call("ghp_mia", "POST", "/repos/acme/docs/pulls", { title: branch, head: branch, base: "main" });
		}
		const squash = await call("ghp_mia", "PUT", "/repos/acme/docs/pulls/1/merge", { merge_method: "squash" });
		expect(squash.status).toBe(200);
		expect((await call("ghp_mia", "GET", "/repos/acme/docs/pulls/1")).json).toMatchObject({ merged: true });
		expect((await call("ghp_mia", "GET", "/repos/acme/docs/pulls/2")).json).toMatchObject({
			mergeable: false,
			mergeable_state: "dirty",
		});
		const refused = await call("ghp_mia", "PUT", "/repos/acme/docs/pulls/2/merge", {});
		expect(refused).toMatchObject({ status: 405, json: { message: "Pull Request is not mergeable" } });
	});
});

describe("sign-in of a person", () => {
	it("gives a token that is the person, and refreshes it once", async () => {
		const { clientId, clientSecret, url } = running.playground.connection;
		const callback = `${running.origin}/github/callback`;
		const verifier = "a-verifier-of-some-length-0123456789-0123456789";
		const challenge = Buffer.from(
			await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)),
		).toString("base64url");
		const query = new URLSearchParams({
			client_id: clientId,
			redirect_uri: callback,
			state: "s1",
			code_challenge: challenge,
			code_challenge_method: "S256",
		});
		expect(await (await fetch(`${url}/login/oauth/authorize?${query}`)).text()).toContain("Go on as Noah");
		const pick = () =>
			fetch(`${url}/login/oauth/authorize?${query}`, {
				method: "POST",
				body: new URLSearchParams({ login: "noah" }),
				redirect: "manual",
			});
		const exchange = async (input: Record<string, string>) => {
			const response = await fetch(`${url}/login/oauth/access_token`, {
				method: "POST",
				headers: { accept: "application/json" },
				body: new URLSearchParams({ client_id: clientId, client_secret: clientSecret, ...input }),
			});
			return (await response.json()) as Record<string, string>;
		};
		const target = new URL((await pick()).headers.get("location") ?? "");
		expect(target.searchParams.get("state")).toBe("s1");
		const code = target.searchParams.get("code") ?? "";
		expect(await exchange({ code, code_verifier: "wrong" })).toMatchObject({
			error: "bad_verification_code",
		});
		expect(await exchange({ code, code_verifier: verifier })).toMatchObject({
			error: "bad_verification_code",
		});

		const fresh = new URL((await pick()).headers.get("location") ?? "").searchParams.get("code") ?? "";
		const grant = await exchange({ code: fresh, code_verifier: verifier });
		expect((await call(grant.access_token ?? "", "GET", "/user")).json).toMatchObject({ login: "noah" });
		const refresh = { grant_type: "refresh_token", refresh_token: grant.refresh_token ?? "" };
		const second = await exchange(refresh);
		expect((await call(second.access_token ?? "", "GET", "/user")).status).toBe(200);
		expect((await call(grant.access_token ?? "", "GET", "/user")).status).toBe(401);
		expect(await exchange(refresh)).toMatchObject({ error: "bad_refresh_token" });
	});

	it("goes nowhere but to the App", async () => {
		const { clientId, url } = running.playground.connection;
		const query = new URLSearchParams({ client_id: clientId, redirect_uri: "https://elsewhere.example/x" });
		expect((await fetch(`${url}/login/oauth/authorize?${query}`)).status).toBe(400);
	});
});
