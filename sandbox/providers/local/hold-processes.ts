import { readdir } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { SandboxError } from "../../provider.ts";
import { findSandboxProcesses, readGone, signal } from "./processes.ts";

const HELD_WITHIN_MS = 5000;

interface Entry {
	pid: number;
	ppid: number;
	state: string;
}

/**
 * Stops every process of the sandbox in this folder, again and again until no moving one shows, for where no group can
 * be frozen. Those inside see it: what waits for its children to stop (a shell with job control) may say so.
 */
export async function stopProcesses(dir: string): Promise<void> {
	const deadline = Date.now() + HELD_WITHIN_MS;
	for (;;) {
		const moving = (await listTree(dir)).filter(({ state }) => state !== "T" && state !== "t");
		if (moving.length === 0) return;
		if (Date.now() > deadline) {
			throw new SandboxError("unavailable", "The sandbox's processes could not be held.", {
				retryable: true,
			});
		}
		for (const { pid } of moving) signal(pid, "SIGSTOP");
		await delay(2);
	}
}

export async function continueProcesses(dir: string): Promise<void> {
	for (const { pid } of await listTree(dir)) signal(pid, "SIGCONT");
}

/** The sandbox's living processes: those that are known, and all their descendants. */
async function listTree(dir: string): Promise<Entry[]> {
	const tree = new Set(await findSandboxProcesses(dir));
	const table = await listProcesses();
	for (let grown = true; grown; ) {
		grown = false;
		for (const { pid, ppid } of table) {
			if (tree.has(pid) || !tree.has(ppid)) continue;
			tree.add(pid);
			grown = true;
		}
	}
	return table.filter(({ pid }) => tree.has(pid) && pid > 1 && pid !== process.pid);
}

async function listProcesses(): Promise<Entry[]> {
	const names = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
	const stats = await Promise.all(names.map((name) => readGone(`/proc/${name}/stat`)));
	return stats.flatMap((stat, index) => {
		if (stat === null) return [];
		// The command's name, in brackets, may hold anything: fields are counted after the last bracket.
		const [state = "", ppid] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
		return state === "Z" || state === "X" ? [] : [{ pid: Number(names[index]), ppid: Number(ppid), state }];
	});
}
