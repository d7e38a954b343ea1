import { afterEach, beforeEach, expect, test } from "vitest";
import { AppError } from "../../src/errors.ts";
import type { PullRequests } from "../../src/sessions/pull-requests/open-pull-request.ts";
import { SANDBOX_TOKEN, startGateway } from "../harness/gateway.ts";

let gateway: Awaited<ReturnType<typeof startGateway>>;
let open: PullRequests["open"];
let opened: unknown[];

beforeEach(async () => {
	opened = [];
	open = async (input) => {
		opened.push(input);
		return { outcome: "open", number: 7, url: "https://github.example/acme/shop/pull/7" };
	};
	gateway = await startGateway({ openPullRequest: (input) => open(input) });
});
afterEach(() => gateway.stop());

const INPUT = { branch: "bobbin/1a2b3c4d-fix", title: " Fix ", body: "Words" };
const call = (body: unknown, token = SANDBOX_TOKEN) =>
	fetch(`${gateway.url}/gateway/tools/open_pull_request`, {
		method: "POST",
		headers: { authorization: `Bearer ${token}` },
		body: typeof body === "string" ? body : JSON.stringify(body),
	});

test("opens a pull request for the session that the token belongs to", async () => {
	const answer = await call(INPUT);
	expect(await answer.json()).toEqual({ number: 7, url: "https://github.example/acme/shop/pull/7" });
	expect(opened).toEqual([
		{ sessionId: "session", branch: "bobbin/1a2b3c4d-fix", title: "Fix", body: "Words", draft: false },
	]);
});

test.each([
	["no JSON", "{", 400, "bad_request"],
	["an unknown field", { ...INPUT, sessionId: "other" }, 400, "bad_request"],
	["no title", { ...INPUT, title: " " }, 400, "bad_request"],
	["another branch", { ...INPUT, branch: "main" }, 403, "branch_not_allowed"],
])("refuses %s with a sentence", async (_what, body, status, code) => {
	const answer = await call(body);
	expect(answer.status).toBe(status);
	expect(await answer.json()).toMatchObject({ error: { code, message: expect.stringMatching(/\.$|: /) } });
	expect(opened).toEqual([]);
});

test.each([
	[
		new AppError("no_commits", "There is nothing on the branch yet."),
		422,
		"There is nothing on the branch yet.",
	],
	[new AppError("rate_limited", "Wait.", { retryable: true }), 429, "Wait."],
	[new AppError("some_new_code", "Later.", { retryable: true }), 503, "Later."],
	[new Error("secret detail"), 500, "Something went wrong inside Bobbin."],
])("tells the agent what went wrong: %s", async (error, status, message) => {
	open = () => Promise.reject(error);
	const answer = await call(INPUT);
	expect(answer.status).toBe(status);
	expect(await answer.json()).toMatchObject({ error: { message } });
});

test("knows no other token, tool or part", async () => {
	expect((await call(INPUT, "other")).status).toBe(401);
	const headers = { authorization: `Bearer ${SANDBOX_TOKEN}` };
	expect((await fetch(`${gateway.url}/gateway/tools/drop_tables`, { method: "POST", headers })).status).toBe(
		404,
	);
	expect((await fetch(`${gateway.url}/gateway/other/x`, { headers })).status).toBe(404);
	expect((await fetch(`${gateway.url}/gateway/constructor/x`, { headers })).status).toBe(404);
});

test("reads no more of a text without an end than it takes", async () => {
	let sentBytes = 0;
	const body = new ReadableStream({
		pull(controller) {
			sentBytes += 65_536;
			// An end after all, so that a gateway that reads everything fails this test and does not hang it.
			if (sentBytes > 64 * 1024 * 1024) controller.close();
			else controller.enqueue(new Uint8Array(65_536).fill(32));
		},
	});
	const answer = await fetch(`${gateway.url}/gateway/tools/open_pull_request`, {
		method: "POST",
		headers: { authorization: `Bearer ${SANDBOX_TOKEN}` },
		body,
		duplex: "half",
	} as RequestInit);
	expect(await answer.json()).toMatchObject({ error: { message: "The text is too long." } });
	expect(sentBytes).toBeLessThan(32 * 1024 * 1024);
});
