import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import type { SandboxProvider } from "../sandbox/provider.ts";
import type { Config } from "./config.ts";
import { AppError } from "./errors.ts";
import type { Log } from "./log.ts";
import type { Programs } from "./programs.ts";

/** Bobbin stops idle sandboxes itself; Daytona does it where no Bobbin is left to. */
const DAYTONA_SPARE_MS = 30 * 60_000;

/** A provider that can take up what an earlier process left. */
export type ChosenProvider = SandboxProvider & {
	/** Keeps the sandboxes of these names, and deletes what else an earlier process of ours made and left. */
	recover(keep: string[]): Promise<void>;
};

/** Makes the provider that `SANDBOX_PROVIDER` names. Each is loaded only where it is chosen. */
export async function chooseProvider(
	config: Pick<Config, "sandbox">,
	deps: {
		sharedDir: string;
		programs: Programs;
		gateway: (request: IncomingMessage, response: ServerResponse) => void;
		log: Log;
		now?: () => number;
	},
): Promise<ChosenProvider> {
	const { sandbox } = config;
	const { sharedDir, programs, gateway, log } = deps;
	const { allowHosts, memoryMiB } = sandbox;
	const { opencodeBinary, ripgrepBinary, guestDir } = programs;
	const tools = { nodeBinary: process.execPath, opencodeBinary, ripgrepBinary, guestDir };
	const common = { ...tools, gateway, allowHosts, memoryMiB, log, ...(deps.now ? { now: deps.now } : {}) };
	switch (sandbox.provider) {
		case "local": {
			const { createLocalProvider } = await import("../sandbox/providers/local/local-provider.ts");
			const rootDir = join(sharedDir, "sandboxes");
			const { isolation, diskMiB } = sandbox;
			return createLocalProvider({ ...common, rootDir, isolation, diskMiB });
		}
		case "docker": {
			const { createDockerProvider } = await import("../sandbox/providers/docker/docker-provider.ts");
			const rootDir = join(sharedDir, "docker");
			const { host, image } = sandbox.docker;
			return createDockerProvider({ ...common, rootDir, host, base: image === null ? null : { image } });
		}
		case "daytona": {
			const { createDaytonaProvider } = await import("../sandbox/providers/daytona/daytona-provider.ts");
			if (sandbox.daytona === null) throw new AppError("bad_config", "Daytona is chosen, and not set.");
			const { toolsDir: toolsRoot, ...daytona } = sandbox.daytona;
			return createDaytonaProvider({
				...daytona,
				toolsRoot,
				scope: scopeOf(daytona.publicUrl),
				tools,
				allowHosts,
				memoryMiB,
				autoStopMs: sandbox.idleMs + DAYTONA_SPARE_MS,
				log,
				...(deps.now ? { now: deps.now } : {}),
			});
		}
	}
}

/** Tells one Bobbin from another in the same organisation of Daytona: all instances of one share its address. */
function scopeOf(publicUrl: string): string {
	return createHash("sha256").update(publicUrl).digest("hex").slice(0, 8);
}
