import { join } from "node:path";
import { createLocalProvider, type LocalProvider } from "../../sandbox/providers/local/local-provider.ts";
import { createLog } from "../../src/log.ts";
import { findPrograms } from "../../src/programs.ts";

/**
 * A second hand on an app's sandboxes, behind its back. Commands inside only while the app is not running: whoever talks
 * to a sandbox takes it over.
 */
export async function withSandboxes<T>(
	dataDir: string,
	act: (provider: LocalProvider) => Promise<T>,
): Promise<T> {
	const provider = createLocalProvider({
		...findPrograms(),
		rootDir: join(dataDir, "sandboxes"),
		nodeBinary: process.execPath,
		gateway: (_request, response) => response.writeHead(503).end(),
		isolation: "full",
		allowHosts: [],
		memoryMiB: 1024,
		log: createLog({ level: "silent", pretty: false }),
	});
	try {
		return await act(provider);
	} finally {
		await provider.close();
	}
}
