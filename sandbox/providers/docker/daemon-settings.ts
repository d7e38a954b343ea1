import { INSIDE } from "../local/bwrap-arguments.ts";
import { composeIsolatedEnvironment, GATEWAY_PORT, PROXY_PORT } from "../local/environment.ts";
import { JOURNAL_DIR, SECRETS_DIR } from "./mounts.ts";

/** What the daemon reads at its start (`host/daemon.json`). */
export function composeSettings(env: Record<string, string>): object {
	return {
		env: composeIsolatedEnvironment(SECRETS_DIR, env),
		home: INSIDE.home,
		gatewayPort: GATEWAY_PORT,
		proxyPort: PROXY_PORT,
		privatePids: true,
		marker: "",
		journalDir: JOURNAL_DIR,
		// Inside it belongs to a user that may be another one here; only we come through to it.
		openSocket: true,
	};
}
