import { afterAll, beforeAll, expect, test } from "vitest";
import { anAccess, SANDBOX_TOKEN, startGateway } from "../harness/gateway.ts";

let gateway: Awaited<ReturnType<typeof startGateway>>;
/** What went out to the vendors. */
const sent: string[] = [];

beforeAll(async () => {
	gateway = await startGateway({
		findSandbox: async () => anAccess({ promptId: null, isReadOnly: true, mayDo: async () => false }),
		openPullRequest: async () => {
			sent.push("pull request");
			return { outcome: "open", number: 1, url: "" };
		},
		fetch: async (input) => {
			sent.push(String(input));
			return new Response("ok");
		},
	});
});
afterAll(() => gateway.stop());

const ask = (path: string, method: "GET" | "POST") =>
	fetch(`${gateway.url}/gateway/${path}`, {
		method,
		headers: { authorization: `Bearer ${SANDBOX_TOKEN}` },
		...(method === "POST" ? { body: "{}" } : {}),
	});

test.each([
	["announcing a push", "git/acme/shop.git/info/refs?service=git-receive-pack", "GET"],
	["a push", "git/acme/shop.git/git-receive-pack", "POST"],
	["a call of a model", "model/v1/messages", "POST"],
	["the list of models", "model/v1/models", "GET"],
	["a pull request", "tools/open_pull_request", "POST"],
] as const)("a sandbox that no session has is refused %s", async (_, path, method) => {
	const answer = await ask(path, method);
	expect(answer.status).toBe(403);
	expect(await answer.text()).toContain("No session has this sandbox");
	expect(sent).toEqual([]);
});

test("it may fetch its repository, and its agent may warm up", async () => {
	expect((await ask("git/acme/shop.git/info/refs?service=git-upload-pack", "GET")).status).toBe(200);
	expect((await ask("git/acme/other.git/info/refs?service=git-upload-pack", "GET")).status).toBe(404);
	expect((await ask("model/warm-up/v1/messages", "POST")).status).toBe(200);
	expect(sent).toHaveLength(1);
});
