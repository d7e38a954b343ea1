import { createLocalProvider, type LocalProvider } from "../../sandbox/providers/local/local-provider.ts";
import type { LocalProviderDeps } from "../../sandbox/providers/local/local-provider-deps.ts";
import { createLog } from "../../src/log.ts";
import { findPrograms } from "../../src/programs.ts";

/** A local provider over a folder of sandboxes, with everything that an app's has inside and no gateway behind it. */
export function openSandboxes(rootDir: string, overrides: Partial<LocalProviderDeps> = {}): LocalProvider {
	return createLocalProvider({
		...findPrograms(),
		rootDir,
		nodeBinary: process.execPath,
		gateway: (_request, response) => response.writeHead(503).end(),
		isolation: "full",
		allowHosts: [],
		memoryMiB: 1024,
		diskMiB: 10_240,
		log: createLog({ level: "silent", pretty: false }),
		...overrides,
	});
}

/**
 * A second hand on an app's sandboxes, behind its back. Commands inside only while the app is not running: whoever talks
 * to a sandbox takes it over.
 */
export async function withSandboxes<T>(
	dataDir: string,
	act: (provider: LocalProvider) => Promise<T>,
): Promise<T> {
	const provider = openSandboxes(`${dataDir}/sandboxes`);
	try {
		return await act(provider);
	} finally {
		await provider.close();
	}
}
