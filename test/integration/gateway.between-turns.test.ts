import { afterAll, beforeAll, expect, test } from "vitest";
import { anAccess, SANDBOX_TOKEN, startGateway } from "../harness/gateway.ts";

let gateway: Awaited<ReturnType<typeof startGateway>>;
/** What went out to GitHub. */
const sent: string[] = [];

beforeAll(async () => {
	gateway = await startGateway({
		findSandbox: async () => anAccess({ promptId: null, mayDo: async () => false }),
		fetch: async (input) => {
			sent.push(String(input));
			return new Response("ok");
		},
	});
});
afterAll(() => gateway.stop());

test.each([
	["GET", "info/refs?service=git-upload-pack"],
	["POST", "git-upload-pack"],
	["POST", "git-upload-pack?service=git-receive-pack"],
])(
	"what was left running for somebody who may not read any more fetches nothing: %s %s",
	async (method, rest) => {
		const answer = await fetch(`${gateway.url}/gateway/git/acme/shop.git/${rest}`, {
			method,
			headers: { authorization: `Bearer ${SANDBOX_TOKEN}` },
		});
		expect(answer.status).toBe(404);
		expect(sent).toEqual([]);
	},
);
