import { chmod, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { SandboxProvider } from "../../sandbox/provider.ts";
import { createLog } from "../../src/log.ts";
import { prepareDaytonaSandboxes } from "../daytona/daytona-sandboxes.ts";
import { openSandboxes } from "../harness/sandbox-access.ts";

type Use<T> = (provider: SandboxProvider) => Promise<T>;

/** A local provider on the disk, not in /tmp, which may be in memory. */
export async function withLocalProvider<T>(use: Use<T>): Promise<T> {
	const rootDir = await mkdtemp(join("/var/tmp", "bobbin-bench-"));
	await chmod(rootDir, 0o755);
	const log = createLog({ level: "warn", pretty: false });
	const provider = openSandboxes(rootDir, { memoryMiB: 4096, log });
	try {
		return await use(provider);
	} finally {
		await provider.recover([]);
		await provider.close();
		await rm(rootDir, { recursive: true, force: true });
	}
}

/** The real SDK before a stand-in for Daytona, whose sandboxes are local ones: what our side of the wire costs. */
export async function withDaytonaProvider<T>(use: Use<T>): Promise<T> {
	const sandboxes = await prepareDaytonaSandboxes();
	try {
		return await use(sandboxes.open());
	} finally {
		await sandboxes.remove();
	}
}
