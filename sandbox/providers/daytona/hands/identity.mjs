import { readFileSync } from "node:fs";

/** Clock ticks since boot at which a process began, or null: with its id it names it for good. proc(5), field 22. */
export function startTimeOf(pid) {
	let stat;
	try {
		stat = readFileSync(`/proc/${pid}/stat`, "utf8");
	} catch {
		// It has ended, or is another user's and hidden.
		return null;
	}
	const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
	return fields[0] === "Z" || fields[0] === "X" ? null : Number(fields[19]);
}

export function isAlive({ pid, startTime }) {
	return startTimeOf(pid) === startTime;
}
