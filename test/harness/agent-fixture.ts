import type { RequestListener } from "node:http";
import { fileURLToPath } from "node:url";
import type { SandboxProvider } from "../../sandbox/provider.ts";
import { createOpencodeDriver } from "../../src/agent/opencode-driver.ts";
import { createLog } from "../../src/log.ts";
import { openGate } from "../../src/sessions/turn/change-gate.ts";
import type { ModelCall } from "../../src/sessions/turn/model-call-store.ts";
import type { AgentFixture } from "../contract/agent-driver.contract.ts";
import { SANDBOX_TOKEN, startGateway } from "./gateway.ts";
import { type Step, startScriptedModel } from "./scripted-model.ts";

export const opencodeBinary = fileURLToPath(import.meta.resolve("opencode-linux-x64/bin/opencode"));
export const ripgrepBinary = fileURLToPath(import.meta.resolve("@vscode/ripgrep-linux-x64/bin/rg"));
export const guestDir = fileURLToPath(new URL("../../sandbox/guest", import.meta.url));

/** A sandbox of the given provider with a small repository, and a real gateway in front of a scripted model. */
export async function startAgentFixture(
	createProvider: (gateway: { url: string; listener: RequestListener }) => Promise<SandboxProvider>,
	toScripts: (directory: string) => Record<string, Step[]>,
): Promise<AgentFixture & { modelCalls: ModelCall[] }> {
	const log = createLog({ level: "warn", pretty: false });
	const scripts: Record<string, Step[]> = {};
	const model = await startScriptedModel(scripts);
	const pullRequests: unknown[] = [];
	const modelCalls: ModelCall[] = [];
	const gateway = await startGateway({
		model: { baseUrl: model.url, apiKey: "key-of-the-provider" },
		recordModelCall: async (call) => void modelCalls.push(call),
		openPullRequest: async (input) => {
			pullRequests.push(input);
			return { outcome: "open", number: 7, url: "https://github.example/acme/shop/pull/7" };
		},
		log,
	});
	const provider = await createProvider(gateway);
	const sandbox = await provider.create({ name: "agent-contract" });
	const directory = `${sandbox.homeDir}/repo`;
	Object.assign(scripts, toScripts(directory));
	await provider.writeFile(sandbox.id, `${sandbox.secretsDir}/token`, SANDBOX_TOKEN, 0o600);
	const made = await provider.exec(sandbox.id, {
		command: [
			`git init -q -b main ${directory} && cd ${directory}`,
			"echo hello > a.txt && echo RULES-OF-THE-REPOSITORY > AGENTS.md",
			"git add -A && git -c user.name=t -c user.email=t@example.com commit -qm first",
		].join(" && "),
		timeoutMs: 60_000,
	});
	if (made.exitCode !== 0) throw new Error(made.stderr);
	return {
		driver: createOpencodeDriver({ log, now: Date.now, startsAtOnce: 2 }),
		provider,
		target: {
			provider,
			sandbox,
			directory,
			gatewayToken: SANDBOX_TOKEN,
			model: "claude-sonnet-5-5",
			fastModel: "claude-haiku-5-5",
		},
		model,
		modelCalls,
		pullRequests,
		async allowChanges(turn) {
			await openGate({ sandboxes: provider }, { info: sandbox }, turn, {
				moved: false,
				notes: [],
				readOnly: false,
			});
		},
		async crashServer() {
			await provider.kill(sandbox.id, { key: "agent" });
		},
		async stop() {
			await provider.delete(sandbox.id);
			await provider.close();
			gateway.stop();
			await model.stop();
		},
	};
}
