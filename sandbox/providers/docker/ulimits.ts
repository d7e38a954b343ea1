import { readFile } from "node:fs/promises";
import { hasCode } from "../local/sandbox-failure.ts";

/** Name in /proc/self/limits → name in the Docker API. */
const NAMES = { "Max open files": "nofile", "Max processes": "nproc" };

/**
 * The limits of our own process, for the containers: some engines otherwise ask for more than they may themselves give
 * out, and nothing starts. Empty where there is no /proc: then the engine decides.
 */
export async function readUlimits(): Promise<{ Name: string; Soft: number; Hard: number }[]> {
	try {
		const [limits, most] = await Promise.all([
			readFile("/proc/self/limits", "utf8"),
			readFile("/proc/sys/kernel/pid_max", "utf8"),
		]);
		return Object.entries(NAMES).flatMap(([title, Name]) => {
			const line = limits.split("\n").find((text) => text.startsWith(title)) ?? "";
			const hard = Number(line.slice(title.length).trim().split(/\s+/)[1]);
			// "unlimited", or more processes than there can be.
			const value = Name === "nproc" ? Math.min(hard || Number.POSITIVE_INFINITY, Number(most)) : hard;
			return Number.isFinite(value) ? [{ Name, Soft: value, Hard: value }] : [];
		});
	} catch (error) {
		if (hasCode(error, "ENOENT")) return [];
		throw error;
	}
}
