import { execFile, spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type EmbeddedPostgres, launchPostgres } from "../../src/db/launcher.ts";
import { PATIENCE_MS } from "../config/patience.ts";

const LAUNCHER = fileURLToPath(new URL("../../src/db/launcher.ts", import.meta.url));
const NOBODY = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

async function makeDir(): Promise<string> {
	const dir = await mkdtemp("/tmp/bobbin-launcher-");
	await chmod(dir, 0o755);
	return dir;
}

describe("in a folder that was used before", () => {
	let dir: string;
	let server: EmbeddedPostgres;

	beforeAll(async () => {
		dir = await makeDir();
		server = await launchPostgres(dir);
	});
	afterAll(async () => {
		await server?.stop();
		await rm(dir, { recursive: true, force: true });
	});

	const pidFile = () => join(dir, "postgres/data/postmaster.pid");

	test("starts beside a pid file whose pid has become another program's", async () => {
		await server.stop();
		const other = spawn("sleep", ["60"], { ...NOBODY, stdio: "ignore" });
		const ended = new Promise((done) => other.once("exit", done));
		const lines = [other.pid, join(dir, "postgres/data"), 1_700_000_000, 1, "", "127.0.0.1", "0 0", "ready"];
		await writeFile(pidFile(), `${lines.join("\n")}\n`);
		server = await launchPostgres(dir);
		expect(server.foundRunning).toBe(false);
		expect(other.exitCode).toBe(null);
		other.kill("SIGKILL");
		await ended;
	});

	test("a copy of the folder gets a server of its own, while the first one runs", async () => {
		const copy = `${dir}-copy`;
		await promisify(execFile)("cp", ["-a", dir, copy]);
		const second = await launchPostgres(copy);
		expect(second).toMatchObject({ foundRunning: false, url: expect.not.stringContaining(server.url) });
		await second.stop();
		expect(await launchPostgres(dir)).toMatchObject({ foundRunning: true, url: server.url });
		await rm(copy, { recursive: true, force: true });
	});

	test("waits for a server that runs and does not answer yet, instead of starting a second one", async () => {
		const pid = Number((await readFile(pidFile(), "utf8")).split("\n")[0]);
		process.kill(pid, "SIGSTOP");
		const again = launchPostgres(dir);
		// A stopped server takes connections into its queue and says nothing: the first question runs into its limit.
		setTimeout(() => process.kill(pid, "SIGCONT"), 2_200);
		const found = await again;
		expect(found).toMatchObject({ foundRunning: true, url: server.url });
	});
});

test("begins anew after initdb was killed in the middle", async () => {
	const dir = await makeDir();
	const script = `import(${JSON.stringify(LAUNCHER)}).then((m) => m.launchPostgres(${JSON.stringify(dir)}))`;
	const first = spawn(process.execPath, ["--no-warnings", "-e", script], { detached: true, stdio: "ignore" });
	const ended = new Promise((done) => first.once("exit", done));
	const begun = () =>
		existsSync(join(dir, "postgres")) &&
		readdirSync(join(dir, "postgres")).some((name) => existsSync(join(dir, "postgres", name, "PG_VERSION")));
	await vi.waitUntil(begun, { timeout: PATIENCE_MS, interval: 2 });
	process.kill(-(first.pid ?? 0), "SIGKILL");
	await ended;
	const server = await launchPostgres(dir);
	const kept = (await readdir(join(dir, "postgres"))).filter((name) => name.startsWith("data"));
	await server.stop();
	await rm(dir, { recursive: true, force: true });
	expect(kept).toEqual(["data"]);
});
