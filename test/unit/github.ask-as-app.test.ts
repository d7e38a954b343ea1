import { Octokit } from "@octokit/core";
import { expect, test } from "vitest";
import { createAskAsApp } from "../../src/github/ask-as-app.ts";

/** GitHub that takes these tokens and no others. */
function createAsk(taken: string[]) {
	let made = 0;
	const asked: string[] = [];
	const ask = createAskAsApp({
		clientFor: async () => {
			const token = `token-${made}`;
			const fetch = async () => {
				asked.push(token);
				return Response.json({}, { status: taken.includes(token) ? 200 : 401 });
			};
			return new Octokit({ auth: token, request: { fetch } });
		},
		forget: () => void made++,
	});
	return { asked, ask: () => ask("a look", { owner: "acme", name: "shop" }, {}, (o) => o.request("GET /x")) };
}

test("a token that was taken back is exchanged for another, once", async () => {
	const { ask, asked } = createAsk(["token-1"]);
	expect((await ask()).status).toBe(200);
	expect(asked).toEqual(["token-0", "token-1"]);
});

test("credentials that GitHub does not take are said to be none", async () => {
	const { ask, asked } = createAsk([]);
	await expect(ask()).rejects.toMatchObject({ code: "github_unauthorized" });
	expect(asked).toEqual(["token-0", "token-1"]);
});
