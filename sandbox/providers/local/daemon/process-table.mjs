import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

const MAX_ROUNDS = 200;

/** The living processes that can be seen: `{pid, ppid}`. Empty where there is no /proc. */
export function listProcesses() {
	const table = [];
	for (const name of readNames()) {
		if (!/^\d+$/.test(name)) continue;
		const stat = readOrNothing(`/proc/${name}/stat`);
		// The command's name, in brackets, may hold anything: fields are counted after the last bracket.
		const [state, ppid] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
		if (stat === "" || state === "Z" || state === "X") continue;
		table.push({ pid: Number(name), ppid: Number(ppid) });
	}
	return table;
}

/** The given processes and all their living descendants. */
export function treeOf(table, roots) {
	const tree = new Set(roots);
	for (let grown = true; grown; ) {
		grown = false;
		for (const { pid, ppid } of table) {
			if (tree.has(pid) || !tree.has(ppid)) continue;
			tree.add(pid);
			grown = true;
		}
	}
	return tree;
}

/** Whether a process was started with `NAME=value` in its environment. */
export function hasMark(pid, mark) {
	return readOrNothing(`/proc/${pid}/environ`).split("\0").includes(mark);
}

/**
 * What this daemon may signal at all, whatever a caller selects. Where the table is the host's, that is only what
 * carries the sandbox's mark or descends from the daemon: a mistake must not reach anybody else's process.
 *
 * @param {{privatePids: boolean, marker: string}} sandbox
 */
export function ownProcesses(table, { privatePids, marker }) {
	const descendants = treeOf(table, [process.pid]);
	return table.filter(
		({ pid }) =>
			pid > 1 && pid !== process.pid && (privatePids || descendants.has(pid) || hasMark(pid, marker)),
	);
}

/**
 * Kills all that `select` picks from `list`, until it picks nothing. Each round first stops everything, again and again
 * until no new one shows, because a process that forks faster than it is killed would never run out.
 *
 * @param {() => {pid: number, ppid: number}[]} list the processes that may be killed
 * @param {(table: {pid: number, ppid: number}[]) => {pid: number}[]} select
 */
export async function endAll(list, select) {
	for (let round = 0; round < MAX_ROUNDS; round++) {
		const stopped = new Set();
		for (let sweep = 0; sweep < MAX_ROUNDS; sweep++) {
			const fresh = select(list()).filter(({ pid }) => !stopped.has(pid));
			if (fresh.length === 0) break;
			for (const { pid } of fresh) {
				stopped.add(pid);
				signal(pid, "SIGSTOP");
			}
		}
		if (stopped.size === 0) return;
		for (const pid of stopped) signal(pid, "SIGKILL");
		await delay(2);
	}
	throw Object.assign(new Error("Some processes could not be ended."), { code: "EBUSY" });
}

/** @param {number} pid negative: a process group */
export function signal(pid, name) {
	// 0 and -1 mean "all of mine", 1 is the system's first process.
	if (!Number.isInteger(pid) || Math.abs(pid) <= 1 || pid === process.pid) {
		throw new Error(`A signal for process ${pid} is a mistake.`);
	}
	try {
		process.kill(pid, name);
	} catch (error) {
		if (error.code !== "ESRCH" && error.code !== "EPERM") throw error;
	}
}

function readNames() {
	try {
		return readdirSync("/proc");
	} catch (error) {
		if (error.code === "ENOENT") return [];
		throw error;
	}
}

function readOrNothing(path) {
	try {
		return readFileSync(path, "utf8");
	} catch {
		// It ended meanwhile, or belongs to somebody else.
		return "";
	}
}
