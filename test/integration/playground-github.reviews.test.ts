import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
	pushBranch,
	type RunningGithub,
	startPlaygroundGithub,
	withToken,
} from "../harness/playground-github.ts";

const SHOP = { owner: "acme", name: "shop" };
const PULL = "/repos/acme/shop/pulls/1";
let running: RunningGithub;
let head: string;

beforeAll(async () => {
	running = await startPlaygroundGithub();
	head = await push("first", { "src/new.ts": "export {};\n" });
	const opened = await call("ghp_noah", "POST", "/repos/acme/shop/pulls", {
		title: "New",
		head: "work",
		base: "main",
	});
	expect(opened.status).toBe(201);
});
afterAll(async () => {
	await running.stop();
});

function push(clone: string, files: Record<string, string>, from = "main"): Promise<string> {
	const url = withToken(running.github.gitUrl(SHOP), "ghp_noah");
	return pushBranch({ url, folder: join(running.workDir, clone), branch: "work", files, from });
}

async function call(token: string, method: string, path: string, body?: unknown) {
	const response = await fetch(`${running.playground.connection.apiUrl}${path}`, {
		method,
		headers: { authorization: `Bearer ${token}` },
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
	});
	const text = await response.text();
	return { status: response.status, json: (text === "" ? null : JSON.parse(text)) as never };
}

const approve = async (token: string) =>
	(await call(token, "POST", `${PULL}/reviews`, { event: "APPROVE" })).json as { id: number };
const states = async () =>
	((await call("ghp_zoe", "GET", `${PULL}/reviews`)).json as { state: string }[]).map(({ state }) => state);
const merge = async () => (await call("ghp_mia", "PUT", `${PULL}/merge`, {})).json as { message: string };
const report = (context: string, state: string) =>
	call("ghp_mia", "POST", `/repos/acme/shop/statuses/${head}`, { context, state });

async function protect(rule: { checks?: object[]; dismiss?: boolean; approvals?: number }) {
	const { status } = await call("ghp_mia", "PUT", "/repos/acme/shop/branches/main/protection", {
		required_status_checks: rule.checks ? { contexts: [], checks: rule.checks } : null,
		required_pull_request_reviews: {
			required_approving_review_count: rule.approvals ?? 0,
			dismiss_stale_reviews: rule.dismiss ?? false,
		},
		enforce_admins: true,
		restrictions: null,
	});
	expect(status).toBe(200);
}

it("lets nobody approve their own pull request, over REST and on its page", async () => {
	expect(await call("ghp_noah", "POST", `${PULL}/reviews`, { event: "APPROVE" })).toMatchObject({
		status: 422,
		json: { message: "Unprocessable Entity", errors: ["Can not approve your own pull request"] },
	});
	const answer = await fetch(`${running.playground.connection.url}/acme/shop/pull/1/approve`, {
		method: "POST",
		body: new URLSearchParams({ as: "noah" }),
		redirect: "manual",
	});
	expect(decodeURIComponent(answer.headers.get("location") ?? "")).toContain(
		"Can not approve your own pull request",
	);
	expect(await states()).toEqual([]);
});

it("dismisses a review for those who may write, with a reason, once", async () => {
	await protect({ approvals: 1 });
	const { id } = await approve("ghp_mia");
	const at = `${PULL}/reviews/${id}/dismissals`;
	const reason = { message: "It is not done", event: "DISMISS" };
	expect((await call("ghp_zoe", "PUT", at, reason)).status).toBe(403);
	expect((await call("ghp_noah", "PUT", at, { event: "DISMISS" })).status).toBe(422);
	expect((await call("ghp_noah", "PUT", `${PULL}/reviews/999/dismissals`, reason)).status).toBe(404);
	expect(await call("ghp_noah", "PUT", at, reason)).toMatchObject({
		status: 200,
		json: { state: "DISMISSED" },
	});
	expect((await call("ghp_noah", "PUT", at, reason)).status).toBe(422);
	expect((await merge()).message).toBe(
		"At least 1 approving review is required by reviewers with write access.",
	);
});

it("dismisses on the page of the pull request, as whoever is picked", async () => {
	const { id } = await approve("ghp_mia");
	const page = `${running.playground.connection.url}/acme/shop/pull/1`;
	expect(await (await fetch(page)).text()).toContain("Dismiss review");
	await fetch(`${page}/dismiss`, {
		method: "POST",
		body: new URLSearchParams({ as: "noah", review: String(id) }),
	});
	expect(await states()).toEqual(["DISMISSED", "DISMISSED"]);
});

it("takes a review with words on the page, from somebody else than the author", async () => {
	const page = `${running.playground.connection.url}/acme/shop/pull/1`;
	const send = (as: string, event: string, body: string) =>
		fetch(`${page}/review`, { method: "POST", body: new URLSearchParams({ as, event, body }) });
	await send("zoe", "COMMENT", "Why <b>this</b>?");
	await send("noah", "REQUEST_CHANGES", "Not mine to ask");
	await send("mia", "REQUEST_CHANGES", "Please name it");
	expect((await states()).slice(2)).toEqual(["COMMENTED", "CHANGES_REQUESTED"]);
	const shown = await (await fetch(page)).text();
	expect(shown).toContain("Please name it");
	expect(shown).toContain("Why &lt;b&gt;this&lt;/b&gt;?");
});

it("merges only what has its required check, and takes one that is an App's from that App only", async () => {
	const { appId } = running.playground.connection;
	await protect({ checks: [{ context: "ours", app_id: Number(appId) }, { context: "tests" }] });
	expect((await merge()).message).toBe('Required status check "ours" is expected.');
	await report("ours", "success");
	expect((await merge()).message).toBe('Required status check "ours" is expected.');

	const check = { ...SHOP, headSha: head, checkName: "ours", title: "t", summary: "s", externalId: "1" };
	await running.github.publishCheck({ ...check, conclusion: "action_required" });
	expect((await merge()).message).toBe('Required status check "ours" is failing.');
	await running.github.publishCheck({ ...check, conclusion: "success" });
	expect((await merge()).message).toBe('Required status check "tests" is expected.');
	await report("tests", "pending");
	expect((await merge()).message).toBe('Required status check "tests" is in progress.');
	await report("tests", "failure");
	expect((await merge()).message).toBe('Required status check "tests" is failing.');
});

it("dismisses approvals of an earlier head where the branch's rule says so, and nowhere else", async () => {
	await protect({ dismiss: false });
	await approve("ghp_mia");
	head = await push("second", { "src/new.ts": "export const a = 1;\n" }, "work");
	expect((await states()).at(-1)).toBe("APPROVED");

	await protect({ dismiss: true, approvals: 1 });
	const told: string[] = [];
	running.onWebhook(async (request) => {
		const payload = (await request.json()) as { action: string; review?: { state: string } };
		if (payload.review) told.push(`${payload.action} ${payload.review.state}`);
		return new Response(null, { status: 202 });
	});
	head = await push("third", { "src/new.ts": "export const a = 2;\n" }, "work");
	expect((await states()).at(-1)).toBe("DISMISSED");
	await running.playground.settleWebhooks();
	expect(told).toEqual(["dismissed dismissed"]);
	await approve("ghp_mia");
	expect((await merge()).message).toBe("Pull Request successfully merged");
});
