import type { Log } from "../log.ts";
import type { AgentDriver } from "./agent.ts";
import { openAgentServer } from "./agent-server.ts";
import { createOpencodeConnection } from "./opencode-connection.ts";

/** Drives OpenCode 1.18.33 through its V1 server, one server in each sandbox. */
export function createOpencodeDriver(deps: { log: Log; now: () => number }): AgentDriver {
	return {
		name: "opencode",
		async connect(target, signal) {
			const server = await openAgentServer(deps, target, signal);
			return createOpencodeConnection({ ...deps, client: server.client, server, target });
		},
	};
}
