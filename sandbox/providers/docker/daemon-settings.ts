import { INSIDE } from "../local/bwrap-arguments.ts";
import { GATEWAY_PORT } from "../local/environment.ts";
import { JOURNAL_DIR, SECRETS_DIR } from "./mounts.ts";

const PROXY_PORT = 3128;

/** What the daemon reads at its start (`host/daemon.json`). */
export function composeSettings(env: Record<string, string>): object {
	const proxy = `http://127.0.0.1:${PROXY_PORT}`;
	const local = "127.0.0.1,localhost,::1";
	return {
		env: {
			HOME: INSIDE.home,
			BOBBIN_SECRETS_DIR: SECRETS_DIR,
			USER: "agent",
			LOGNAME: "agent",
			SHELL: "/bin/bash",
			LANG: "C.UTF-8",
			PATH: `${INSIDE.tools}/node/bin:/usr/local/bin:/usr/bin:/bin`,
			HTTP_PROXY: proxy,
			HTTPS_PROXY: proxy,
			http_proxy: proxy,
			https_proxy: proxy,
			NO_PROXY: local,
			no_proxy: local,
			...env,
		},
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
