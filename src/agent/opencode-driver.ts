import pLimit from "p-limit";
import type { Log } from "../log.ts";
import type { AgentDriver } from "./agent.ts";
import { openAgentServer } from "./agent-server.ts";
import { createOpencodeConnection } from "./opencode-connection.ts";

/**
 * Drives OpenCode 1.18.33 through its V1 server, one server in each sandbox.
 *
 * `startsAtOnce`: how many servers start at the same time, the others stand in line. A start is all processor: where
 * sandboxes share this machine, ten at once would all be as late as the last.
 */
export function createOpencodeDriver(deps: {
	log: Log;
	now: () => number;
	startsAtOnce: number;
}): AgentDriver {
	const inLine = pLimit(deps.startsAtOnce);
	return {
		async connect(target, signal) {
			const server = await openAgentServer({ ...deps, inLine }, target, signal);
			return createOpencodeConnection({ ...deps, server, target });
		},
	};
}
