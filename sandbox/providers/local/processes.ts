import { readdir, readFile } from "node:fs/promises";
import { basename } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { SandboxError } from "../../provider.ts";
import { hasCode } from "./sandbox-failure.ts";

/** In the environment of everything that belongs to a sandbox: the sandbox's folder. */
export const MARK = "BOBBIN_SANDBOX_DIR";
const END_WITHIN_MS = 10_000;

/** A process and the moment it began (clock ticks since boot), because process ids are used again. */
export interface ProcessIdentity {
	pid: number;
	startTime: number;
}

/** null: there is no such process, or it has ended and was not collected yet. */
export async function identify(pid: number): Promise<ProcessIdentity | null> {
	const stat = await readGone(`/proc/${pid}/stat`);
	if (stat === null) return process.platform === "linux" ? null : identifyWithoutProc(pid);
	// proc(5): the second field, in brackets, may hold anything; 3 is the state, 22 the start time.
	const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
	if (fields[0] === "Z" || fields[0] === "X") return null;
	return { pid, startTime: Number(fields[19]) };
}

export async function isAlive(identity: ProcessIdentity | null): Promise<boolean> {
	return identity !== null && (await identify(identity.pid))?.startTime === identity.startTime;
}

/** Every living process of the sandbox in this folder: bubblewrap's own, which take all others with them, or marked ones. */
export async function findSandboxProcesses(dir: string): Promise<number[]> {
	const entries = process.platform === "linux" ? await readdir("/proc") : [];
	const pids = entries.filter((name) => /^\d+$/.test(name));
	const found = await Promise.all(
		pids.map(async (pid) => {
			const argv = ((await readGone(`/proc/${pid}/cmdline`)) ?? "").split("\0");
			if (basename(argv[0] ?? "") === "bwrap" && argv.includes(`${dir}/host`)) return Number(pid);
			const environ = (await readGone(`/proc/${pid}/environ`)) ?? "";
			return environ.split("\0").includes(`${MARK}=${dir}`) ? Number(pid) : null;
		}),
	);
	return found.filter((pid) => pid !== null);
}

/**
 * Kills again and again until `find` finds nothing.
 *
 * @throws SandboxError `unavailable` where something is left after ten seconds
 */
export async function endProcesses(find: () => Promise<number[]>): Promise<void> {
	const deadline = Date.now() + END_WITHIN_MS;
	for (;;) {
		// A group lists what is outside our namespace as 0, which as a target would mean ourselves.
		const pids = (await find()).filter((pid) => pid > 1 && pid !== process.pid);
		if (pids.length === 0) return;
		let left = (await Promise.all(pids.map(identify))).filter((found) => found !== null);
		for (const { pid } of left) signal(pid, "SIGKILL");
		do {
			if (Date.now() > deadline) {
				throw new SandboxError("unavailable", `Processes ${pids.join(", ")} could not be ended.`, {
					retryable: true,
				});
			}
			await delay(3);
			const alive = await Promise.all(left.map(isAlive));
			left = left.filter((_, index) => alive[index]);
		} while (left.length > 0);
	}
}

export function signal(pid: number, name: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void {
	try {
		process.kill(pid, name);
	} catch (error) {
		if (!hasCode(error, "ESRCH", "EPERM")) throw error;
	}
}

function identifyWithoutProc(pid: number): ProcessIdentity | null {
	try {
		process.kill(pid, 0);
		return { pid, startTime: 0 };
	} catch (error) {
		if (hasCode(error, "ESRCH")) return null;
		throw error;
	}
}

/** null: the process is gone, or another user's. */
export async function readGone(path: string): Promise<string | null> {
	try {
		return await readFile(path, "utf8");
	} catch (error) {
		// ESRCH: it ended while it was read. EACCES: it is another user's.
		if (hasCode(error, "ENOENT", "ESRCH", "EACCES", "EPERM")) return null;
		throw error;
	}
}
