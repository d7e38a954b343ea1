import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { listProcesses, treeOf } from "../../local/daemon/process-table.mjs";
import { startTimeOf } from "./identity.mjs";

const JOURNALS = "bobbin-journal-";
const TMP = "/tmp";

/**
 * The hands' own folders. `dir` is in memory, so one that is missing means that the sandbox has just started: what an
 * earlier life has left on disk is then removed, and whatever runs now, before anything of ours, is the system's.
 *
 * @returns {Promise<{dir: string, journalDir: string, system: {pid: number, startTime: number}[]}>}
 */
export async function prepareOwn(dir) {
	const known = await readBoot(dir);
	if (known) return known;
	for (const name of ["", "secrets", "in", "runs"])
		await mkdir(join(dir, name), { recursive: true, mode: 0o700 });
	const boot = {
		dir,
		journalDir: join(TMP, `${JOURNALS}${randomUUID()}`),
		system: listSystem(),
	};
	try {
		// Two may come first at once: the one that makes the file says where the journals are.
		const file = await open(join(dir, "boot.partial"), "wx", 0o600);
		await file.close();
	} catch (error) {
		if (error.code !== "EEXIST") throw error;
		return waitForBoot(dir);
	}
	for (const name of await readdir(TMP)) {
		if (name.startsWith(JOURNALS)) await rm(join(TMP, name), { recursive: true, force: true });
	}
	await mkdir(boot.journalDir, { mode: 0o700 });
	await writeFile(join(dir, "boot.json.partial"), JSON.stringify(boot));
	await rename(join(dir, "boot.json.partial"), join(dir, "boot.json"));
	return boot;
}

async function waitForBoot(dir) {
	for (let tries = 0; tries < 200; tries++) {
		const boot = await readBoot(dir);
		if (boot) return boot;
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
	// Whoever began it has died.
	await rm(join(dir, "boot.partial"), { force: true });
	return prepareOwn(dir);
}

async function readBoot(dir) {
	try {
		return JSON.parse(await readFile(join(dir, "boot.json"), "utf8"));
	} catch (error) {
		if (error.code === "ENOENT") return null;
		throw error;
	}
}

/** Everything but ourselves; our parents belong to the call and end with it, unless they are the system's. */
function listSystem() {
	const table = listProcesses();
	const ours = treeOf(table, [process.pid]);
	return table
		.filter(({ pid }) => !ours.has(pid))
		.map(({ pid }) => ({ pid, startTime: startTimeOf(pid) }))
		.filter(({ startTime }) => startTime !== null);
}
