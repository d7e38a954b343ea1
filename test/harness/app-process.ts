import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { removeSandboxes } from "./start-app.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const READY = "Bobbin is ready";

/** The whole app as a process of its own, with every vendor embedded: to be killed and started again on its data. */
export interface AppProcess {
	origin: string;
	dataDir: string;
	/** Resolves when it answers, or was killed before. */
	start(): Promise<void>;
	/** SIGKILL: resolves when it is gone. */
	kill(): Promise<void>;
	remove(): Promise<void>;
}

export async function createAppProcess(settings: Record<string, string>): Promise<AppProcess> {
	const dataDir = await mkdtemp(join(tmpdir(), "bobbin-killed-"));
	await chmod(dataDir, 0o755);
	const port = await findFreePort();
	let child: ChildProcess | null = null;

	async function kill(): Promise<void> {
		if (child === null || child.exitCode !== null || child.signalCode !== null) return;
		const gone = once(child, "exit");
		child.kill("SIGKILL");
		await gone;
	}

	return {
		origin: `http://127.0.0.1:${port}`,
		dataDir,
		async start() {
			const quiet = { LOG_LEVEL: "error", POOL_MAX_SANDBOXES: "0", IMAGE_EVERY_MINUTES: "0" };
			const env = { ...process.env, ...quiet, ...settings, PORT: String(port), DATA_DIR: dataDir };
			const started = spawn(process.execPath, [MAIN], { env, stdio: ["ignore", "pipe", "pipe"] });
			child = started;
			let said = "";
			started.stderr.on("data", (chunk) => {
				said += chunk;
			});
			for await (const line of createInterface({ input: started.stdout })) {
				if (line.includes(READY)) return void started.stdout.resume();
				said += `${line}\n`;
			}
			// Killed while it was starting, as the test wanted.
			if (started.signalCode === "SIGKILL" || started.killed) return;
			throw new Error(`the app did not start:\n${said}`);
		},
		kill,
		async remove() {
			await kill();
			await removeSandboxes(dataDir, settings);
			await rm(dataDir, { recursive: true, force: true });
		},
	};
}

async function findFreePort(): Promise<number> {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	server.close();
	await once(server, "close");
	return port;
}
