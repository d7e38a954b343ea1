import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, createApp } from "../../src/app.ts";
import { loadConfig } from "../../src/config.ts";
import { createLog, type Log } from "../../src/log.ts";

export interface TestApp extends App {
	dataDir: string;
	remove(): Promise<void>;
}

const QUIET = { PORT: "0", LOG_LEVEL: "error", POOL_MAX_SANDBOXES: "0", IMAGE_EVERY_MINUTES: "0" };

/** The whole app with every vendor embedded, on a free port, with a data folder of its own; without a warm pool and images. */
export async function startApp(settings: Record<string, string>, givenLog?: Log): Promise<TestApp> {
	const dataDir = await mkdtemp(join(tmpdir(), "bobbin-app-"));
	await chmod(dataDir, 0o755);
	const config = loadConfig({ ...QUIET, DATA_DIR: dataDir, ...settings });
	const log = givenLog ?? createLog({ level: config.logLevel, pretty: false });
	const app = await createApp(config, { log, progress: () => {} });
	return {
		...app,
		dataDir,
		async remove() {
			await app.stop();
			await removeSandboxes(dataDir, settings);
			await rm(dataDir, { recursive: true, force: true });
		},
	};
}

/** Sandboxes outlive the app on purpose; a provider that wants to keep none ends them. */
export async function removeSandboxes(dataDir: string, settings: Record<string, string>): Promise<void> {
	const { openSandboxes } = await import("./sandbox-access.ts");
	const { isolation, memoryMiB } = loadConfig({ DATA_DIR: dataDir, ...settings }).sandbox;
	const provider = openSandboxes(join(dataDir, "sandboxes"), { isolation, memoryMiB });
	await provider.recover([]);
	await provider.close();
}
