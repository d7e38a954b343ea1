import { INSIDE } from "./bwrap-arguments.ts";
import { SYSTEM_PATH } from "./launch.ts";
import type { Layout } from "./layout.ts";
import { MARK } from "./processes.ts";
import type { SandboxRecord } from "./record.ts";

/** Inside, on loopback. */
export const GATEWAY_PORT = 8701;
export const PROXY_PORT = 3128;

/** What the daemon reads at its start (`host/daemon.json`). */
export function composeSettings(record: SandboxRecord, layout: Layout): object {
	const isolated = record.isolation === "full";
	return {
		env: composeEnvironment(record, layout),
		home: record.homeDir,
		// Without isolation the ports are the host's, where several sandboxes live side by side.
		gatewayPort: isolated ? GATEWAY_PORT : 0,
		proxyPort: isolated ? PROXY_PORT : null,
		privatePids: isolated,
		marker: `${MARK}=${layout.dir}`,
		socket: "birth/daemon.sock",
	};
}

/** As processes inside know it: beside the journals, in the folder that each start empties. */
export function toSecretsDir(isolation: "full" | "none", layout: Layout): string {
	return `${isolation === "full" ? `${INSIDE.own}/run` : layout.run}/secrets`;
}

function composeEnvironment(record: SandboxRecord, layout: Layout): Record<string, string> {
	const secretsDir = toSecretsDir(record.isolation, layout);
	if (record.isolation === "none") {
		return {
			...composeCommon(record.homeDir, secretsDir),
			PATH: `${record.toolsDir}/node/bin:${SYSTEM_PATH}`,
			TMPDIR: layout.tmp,
			[MARK]: layout.dir,
			...record.env,
		};
	}
	return composeIsolatedEnvironment(secretsDir, record.env);
}

/** Of every sandbox whose files lie where INSIDE says and that has a network of its own. */
export function composeIsolatedEnvironment(
	secretsDir: string,
	env: Record<string, string>,
): Record<string, string> {
	const proxy = `http://127.0.0.1:${PROXY_PORT}`;
	const local = "127.0.0.1,localhost,::1";
	return {
		...composeCommon(INSIDE.home, secretsDir),
		PATH: `${INSIDE.tools}/node/bin:/usr/local/bin:/usr/bin:/bin`,
		HTTP_PROXY: proxy,
		HTTPS_PROXY: proxy,
		http_proxy: proxy,
		https_proxy: proxy,
		NO_PROXY: local,
		no_proxy: local,
		...env,
	};
}

function composeCommon(homeDir: string, secretsDir: string): Record<string, string> {
	return {
		HOME: homeDir,
		BOBBIN_SECRETS_DIR: secretsDir,
		USER: "agent",
		LOGNAME: "agent",
		SHELL: "/bin/bash",
		LANG: "C.UTF-8",
	};
}
