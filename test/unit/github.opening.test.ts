import { RequestError } from "@octokit/request-error";
import { expect, test } from "vitest";
import { createAskAsApp } from "../../src/github/ask-as-app.ts";
import { createOpenPullRequest } from "../../src/github/open-pull-request.ts";

const SHOP = { owner: "acme", name: "shop" };
const WANTED = { ...SHOP, branch: "b", base: "main", title: "t", body: "", draft: false };

interface World {
	/** What GitHub answers to the opening. */
	status: number;
	headers?: Record<string, string>;
	archived?: boolean;
	/** What the person may do; null: they do not see the repository. */
	push?: boolean | null;
	ahead?: number;
	branches?: string[];
}

function refuse(status: number, headers: Record<string, string> = {}): never {
	const request = { method: "GET" as const, url: "https://api.github.com/x", headers: {} };
	const response = { status, headers, url: "", data: {}, retryCount: 0 };
	throw new RequestError("Words that nobody may read", status, { request, response });
}

/** A client that answers as GitHub does in such a world. */
function clientOf(world: World, isPerson: boolean) {
	const request = async (route: string, { ref }: { ref?: string } = {}) => {
		switch (route) {
			case "POST /repos/{owner}/{repo}/pulls":
				return refuse(world.status, world.headers);
			case "GET /repos/{owner}/{repo}": {
				const { push = true } = world;
				if (isPerson && push === null) return refuse(404);
				return {
					data: { archived: world.archived ?? false, ...(isPerson ? { permissions: { push } } : {}) },
				};
			}
			case "GET /repos/{owner}/{repo}/compare/{basehead}":
				return world.ahead === undefined ? refuse(404) : { data: { ahead_by: world.ahead } };
			case "GET /repos/{owner}/{repo}/git/ref/{ref}":
				return (world.branches ?? []).includes(`${ref}`) ? { data: {} } : refuse(404);
			default:
				throw new Error(route);
		}
	};
	return { request } as never;
}

test.each<[string, World, string, RegExp]>([
	["a token that is void", { status: 401 }, "person_token_refused", /token/],
	[
		"single sign-on",
		{
			status: 403,
			headers: { "x-github-sso": "required; url=https://github.com/orgs/acme/sso?authorization_request=A1" },
		},
		"sso_required",
		/single sign-on: https:\/\/github\.com\/orgs\/acme\/sso\?authorization_request=A1\. Then ask again/,
	],
	[
		"single sign-on with an address that is none",
		{ status: 403, headers: { "x-github-sso": "required; url=javascript:alert(1)" } },
		"sso_required",
		/single sign-on, at GitHub under Settings/,
	],
	["an archived repository", { status: 403, archived: true }, "repository_archived", /unarchive it/],
	["somebody who reads only", { status: 403, push: false }, "forbidden", /may only read acme\/shop/],
	["somebody who does not see it", { status: 404, push: null }, "forbidden", /does not show acme\/shop/],
	["an App without the permission", { status: 403 }, "app_not_permitted", /"Pull requests: read and write"/],
	["a limit", { status: 403, headers: { "retry-after": "60" } }, "rate_limited", /wait/],
	["an outage", { status: 502 }, "github_unavailable", /did not answer/],
	["nothing new", { status: 422, ahead: 0 }, "no_commits", /no commit that main lacks/],
	[
		"a branch that is not there",
		{ status: 422, branches: ["heads/main"] },
		"branch_not_pushed",
		/push it first/,
	],
	[
		"a base that is not there",
		{ status: 422, branches: ["heads/b"] },
		"base_branch_missing",
		/no branch main/,
	],
	[
		"something else",
		{ status: 422, ahead: 1, branches: ["heads/b", "heads/main"] },
		"invalid_pull_request",
		/./,
	],
])("%s is told with its remedy", async (_, world, code, words) => {
	const opening = createOpenPullRequest({
		ask: createAskAsApp({ clientFor: async () => clientOf(world, false), forget: () => {} }),
		clientWith: () => clientOf(world, true),
		find: async () => null,
	});
	const refused = await opening.open({ ...WANTED, personToken: "ghu_x" }).catch((error: unknown) => error);
	expect(refused).toMatchObject({ code, message: expect.stringMatching(words) });
	expect(`${(refused as Error).message}`).not.toContain("Words that nobody may read");
});
