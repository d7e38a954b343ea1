import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { guestDir, opencodeBinary, startAgentFixture } from "../harness/agent-fixture.ts";
import { createHostProvider } from "../harness/host-provider.ts";
import { describeAgentDriver } from "./agent-driver.contract.ts";

describeAgentDriver("OpenCode on plain processes", async (toScripts) => {
	const rootDir = await mkdtemp(join("/tmp", "bobbin-agent-"));
	const fixture = await startAgentFixture(
		async ({ url }) =>
			createHostProvider({
				rootDir,
				nodeBinary: process.execPath,
				opencodeBinary,
				guestDir,
				gatewayUrl: url,
			}),
		toScripts,
	);
	return {
		...fixture,
		async stop() {
			await fixture.stop();
			await rm(rootDir, { recursive: true, force: true });
		},
	};
});
