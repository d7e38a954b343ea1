import { readdirSync, readFileSync } from "node:fs";

/** The host's process id of the agent server in a sandbox, by the sandbox's own folder; null without one. */
export function findAgentProcess(sandboxDir: string): number | null {
	for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
		if (/\/opencode.* serve /.test(readCommand(name)) && belongsTo(name, sandboxDir)) return Number(name);
	}
	return null;
}

/** Whether a process or one above it was started with the folder in its command line. */
function belongsTo(pid: string, folder: string): boolean {
	for (let at = pid; at !== "0" && at !== "1"; at = readParent(at)) {
		if (readCommand(at).includes(`${folder}/`)) return true;
	}
	return false;
}

function readCommand(pid: string): string {
	return read(`/proc/${pid}/cmdline`).replaceAll("\0", " ");
}

function readParent(pid: string): string {
	return /^PPid:\s*(\d+)$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? "0";
}

/** Empty for a process that is gone meanwhile. */
function read(path: string): string {
	try {
		return readFileSync(path, "utf8");
	} catch {
		return "";
	}
}
