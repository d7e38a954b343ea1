import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Row } from "./row.ts";

export const START_ROW = "npm start → ready, second time";
const ROOT = new URL("../..", import.meta.url).pathname;

/** Everything embedded, on data that an earlier start has left. */
export async function measureStarts(runs: number): Promise<Row[]> {
	const dataDir = await mkdtemp(join(tmpdir(), "bobbin-bench-"));
	await chmod(dataDir, 0o755);
	const samples: number[] = [];
	try {
		for (let run = 0; run <= runs; run++) {
			const readyMs = await start(dataDir);
			if (run > 0) samples.push(readyMs);
		}
	} finally {
		await rm(dataDir, { recursive: true, force: true });
	}
	return [{ name: START_ROW, unit: "ms", target: 3_000, samples }];
}

/** `npm start` until it names its address; then it is stopped in order, with its database. */
async function start(dataDir: string): Promise<number> {
	const startedAtMs = performance.now();
	const child = spawn("npm", ["start", "--silent"], {
		cwd: ROOT,
		env: { ...process.env, PORT: "0", DATA_DIR: dataDir, LOG_LEVEL: "error" },
		stdio: ["ignore", "pipe", "pipe"],
	});
	const exited = once(child, "exit");
	let said = "";
	child.stderr.on("data", (chunk: Buffer) => {
		said += chunk.toString();
	});
	const ready = (async () => {
		let text = "";
		for await (const chunk of child.stdout) {
			text += String(chunk);
			if (text.includes("Bobbin is ready")) return performance.now() - startedAtMs;
		}
		throw new Error(`npm start ended: ${said || text}`);
	})();
	try {
		return await ready;
	} finally {
		child.kill("SIGTERM");
		await exited;
	}
}
