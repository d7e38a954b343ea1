import { writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import {
	createDaytonaProvider,
	type DaytonaProvider,
} from "../../sandbox/providers/daytona/daytona-provider.ts";
import type {
	DaytonaProviderDeps,
	ToolSources,
} from "../../sandbox/providers/daytona/daytona-provider-deps.ts";
import type { LocalProvider } from "../../sandbox/providers/local/local-provider.ts";
import { prepareLocalSandboxes, requireIsolation } from "../harness/local-sandboxes.ts";
import { type Skin, startSkin } from "./start-skin.ts";

type Gateway = (request: IncomingMessage, response: ServerResponse) => void;

export interface DaytonaSandboxes {
	skin: Skin;
	/** The engine behind it. */
	local: LocalProvider;
	tools: ToolSources;
	/** Each stands for one process of Bobbin. */
	open(overrides?: Partial<DaytonaProviderDeps>): DaytonaProvider;
	remove(): Promise<void>;
}

/** The real SDK in front of the stand-in. What a sandbox there reaches as PUBLIC_URL is the local engine's gateway. */
export async function prepareDaytonaSandboxes(
	options: { gateway?: Gateway } = {},
): Promise<DaytonaSandboxes> {
	const sandboxes = await prepareLocalSandboxes();
	const local = sandboxes.open({
		isolation: "full",
		// As Daytona gives by itself.
		diskMiB: 10 * 1024,
		gateway: options.gateway ?? ((_, response) => response.end("the gateway")),
	});
	await requireIsolation(local);
	const skin = await startSkin(local);
	// The engine has put a Node into its sandboxes already: copies of 120 MB would only take time.
	const nodeBinary = join(sandboxes.rootDir, "node.sh");
	await local.create({ name: "first" });
	await local.delete("first");
	await writeFile(nodeBinary, '#!/bin/sh\nexec /opt/bobbin/node/bin/node "$@"\n', { mode: 0o755 });
	const tools = { nodeBinary, opencodeBinary: null, ripgrepBinary: null, guestDir: sandboxes.guestDir };
	const providers: DaytonaProvider[] = [];
	return {
		skin,
		local,
		tools,
		open(overrides = {}) {
			const provider = createDaytonaProvider({
				apiKey: skin.apiKey,
				apiUrl: skin.apiUrl,
				target: "eu",
				publicUrl: "http://127.0.0.1:8701",
				scope: "test",
				tools,
				allowHosts: [],
				autoStopMs: 60 * 60_000,
				memoryMiB: 1024,
				log: { info: () => {}, warn: () => {} },
				// The engine keeps nothing but the home.
				image: null,
				toolsRoot: "/home/agent/.bobbin-tools",
				limits: { pollMs: 10 },
				...overrides,
			});
			providers.push(provider);
			return provider;
		},
		async remove() {
			await Promise.all(providers.map((provider) => provider.close()));
			await skin.stop();
			await sandboxes.remove();
		},
	};
}
