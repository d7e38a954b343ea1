import { chmod, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { createLocalProvider } from "../../sandbox/providers/local/local-provider.ts";
import { guestDir, opencodeBinary, ripgrepBinary, startAgentFixture } from "./agent-fixture.ts";
import { requireIsolation } from "./local-sandboxes.ts";
import type { Step } from "./scripted-model.ts";

/** The real agent in a local sandbox, with a scripted model. */
export async function startLocalAgent(toScripts: (directory: string) => Record<string, Step[]>) {
	const rootDir = await mkdtemp(join("/tmp", "bobbin-agent-"));
	await chmod(rootDir, 0o755);
	const fixture = await startAgentFixture(async ({ listener }) => {
		const provider = createLocalProvider({
			rootDir,
			nodeBinary: process.execPath,
			opencodeBinary,
			ripgrepBinary,
			guestDir,
			gateway: listener,
			isolation: "full",
			allowHosts: [],
			memoryMiB: 2048,
			log: { info: () => {}, warn: () => {} },
		});
		await requireIsolation(provider);
		return provider;
	}, toScripts);
	return {
		...fixture,
		async stop() {
			await fixture.stop();
			await rm(rootDir, { recursive: true, force: true });
		},
	};
}
