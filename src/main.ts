import { setTimeout as delay } from "node:timers/promises";
import { SandboxError } from "../sandbox/provider.ts";
import { type App, createApp } from "./app.ts";
import { loadConfig } from "./config.ts";
import { AppError, coerceError } from "./errors.ts";
import { createLog } from "./log.ts";

const PORT_PATIENCE_MS = 4_000;

try {
	const config = loadConfig();
	const log = createLog({ level: config.logLevel, pretty: process.stdout.isTTY === true });
	const progress = (step: string) => console.error(`bobbin: ${step}`);
	const app = await startWithPatience(() => createApp(config, { log, progress }));
	drainOnSignal(app);
	console.log(`\n  Bobbin is ready: ${app.address}\n`);
} catch (thrown) {
	const error = coerceError(thrown);
	const known = error instanceof AppError || error instanceof SandboxError;
	console.error(`bobbin: ${known ? error.message : (error.stack ?? error.message)}`);
	process.exit(1);
}

/** A killed predecessor may hold the port for a moment longer. */
async function startWithPatience(start: () => Promise<App>): Promise<App> {
	const deadline = Date.now() + PORT_PATIENCE_MS;
	for (;;) {
		try {
			return await start();
		} catch (error) {
			if (!(error instanceof AppError) || error.code !== "port_taken" || Date.now() > deadline) throw error;
			await delay(250);
		}
	}
}

function drainOnSignal(app: App): void {
	let stopping = false;
	const stop = async () => {
		if (stopping) return;
		stopping = true;
		setTimeout(() => process.exit(1), 15_000).unref();
		await app.stop();
		process.exit(0);
	};
	for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop);
	// The starter was killed without a word: nothing is lost by leaving at once, and the port is free again.
	process.on("disconnect", () => process.exit(1));
}
