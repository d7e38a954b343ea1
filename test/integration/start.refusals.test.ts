import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const START = fileURLToPath(new URL("../../src/start.mjs", import.meta.url));
let folder: string;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "bobbin-refusals-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs a script to its end and gives what it said in words. */
async function run(
	args: string[],
	env: Record<string, string>,
): Promise<{ code: number | null; said: string[] }> {
	const child = spawn(process.execPath, args, {
		env: { PATH: process.env.PATH ?? "", HOME: folder, PORT: "0", DATA_DIR: join(folder, "data"), ...env },
		stdio: ["ignore", "ignore", "pipe"],
	});
	let said = "";
	child.stderr.on("data", (chunk) => {
		said += chunk;
	});
	const code = await new Promise<number | null>((done) => child.once("close", done));
	return { code, said: said.split("\n").filter((line) => line.startsWith("bobbin: ")) };
}

test("a taken port is named, with what to do", async () => {
	const other = createServer().listen(0, "127.0.0.1");
	await new Promise((done) => other.once("listening", done));
	const { port } = other.address() as AddressInfo;
	const { code, said } = await run([MAIN], { PORT: String(port) });
	other.close();
	expect(code).toBe(1);
	expect(said).toEqual([
		`bobbin: Port ${port} is taken by another program. Stop that one, or set PORT to a free port.`,
	]);
});

test("a data folder that cannot be written is named", async () => {
	const file = join(folder, "a-file");
	await writeFile(file, "");
	const { code, said } = await run([MAIN], { DATA_DIR: join(file, "data") });
	expect(code).toBe(1);
	expect(said).toHaveLength(1);
	expect(said[0]).toContain("cannot be written");
});

test.each([
	["mysql://localhost/x", "DATABASE_URL is not a PostgreSQL address"],
	["postgres://nobody@127.0.0.1:1/none", "The database none at 127.0.0.1:1 cannot be used"],
])("DATABASE_URL=%s is refused in one sentence", async (databaseUrl, sentence) => {
	const { code, said } = await run([MAIN], { DATABASE_URL: databaseUrl });
	expect(code).toBe(1);
	expect(said.at(-1)).toContain(sentence);
});

test("Slack that is only half set is refused, so that it never falls back to the playground in silence", async () => {
	const { code, said } = await run([MAIN], { SLACK_BOT_TOKEN: "xoxb-1" });
	expect(code).toBe(1);
	expect(said.at(-1)).toContain("SLACK_SIGNING_SECRET");
});

test("an old Node is told which one to install", async () => {
	const old = join(folder, "old-node.mjs");
	await writeFile(
		old,
		`Object.defineProperty(process.versions, "node", { value: "18.20.0" }); await import(${JSON.stringify(START)});`,
	);
	const { code, said } = await run([old], {});
	expect(code).toBe(1);
	expect(said).toEqual([expect.stringContaining("Node 18.20.0 is too old. Install Node 20.12 or newer")]);
});

test("an unknown command lists the ones there are", async () => {
	const { code, said } = await run([START, "fly"], {});
	expect(code).toBe(1);
	expect(said[0]).toContain("start, doctor, test");
});
