import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { createGateway, type GatewayDeps } from "../../src/gateway/gateway.ts";
import type { SandboxAccess } from "../../src/gateway/sandbox-access.ts";
import { createLog } from "../../src/log.ts";
import { hashToken } from "../../src/sessions/sandbox/gateway-token.ts";
import { listenHere } from "./listen.ts";

export const SANDBOX_TOKEN = "token-of-the-sandbox";

/** What stands behind a token: the sandbox of a session on acme/shop in which a prompt runs. */
export const anAccess = (fields: Partial<SandboxAccess> = {}): SandboxAccess => ({
	sandboxId: "sandbox",
	sessionId: "session",
	promptId: "prompt",
	repository: { owner: "acme", name: "shop" },
	formerNames: [],
	trouble: null,
	branchPrefix: "bobbin/1a2b3c4d",
	adoptedBranch: null,
	isReadOnly: false,
	mayDo: async () => true,
	...fields,
});

/** The gateway on a socket, for one sandbox that works on acme/shop; everything can be replaced. */
export async function startGateway(overrides: Partial<GatewayDeps>) {
	const gateway = createGateway({
		findSandbox: async (hash) => (hash === hashToken(SANDBOX_TOKEN) ? anAccess() : null),
		model: { baseUrl: "http://127.0.0.1:9", apiKey: "key-of-the-provider" },
		recordModelCall: async () => {},
		git: { url: () => "http://127.0.0.1:9/none.git", token: async () => "none", forgetTokens: () => {} },
		isForward: async () => true,
		pushes: { sent: async () => {}, answered: async () => {} },
		openPullRequest: async () => ({
			outcome: "open",
			number: 7,
			url: "https://github.example/acme/shop/pull/7",
		}),
		addPicture: async () => ({ pictureId: "picture" }),
		log: createLog({ level: "silent", pretty: false }),
		now: Date.now,
		newId: () => crypto.randomUUID(),
		...overrides,
	});
	const listener = getRequestListener(gateway.fetch);
	const server = createServer(listener);
	const url = await listenHere(server);
	return {
		listener,
		url,
		/** Ends all calls that are under way, as a Bobbin does that is killed. */
		cut: () => server.closeAllConnections(),
		stop(): void {
			server.closeAllConnections();
			server.close();
		},
	};
}
