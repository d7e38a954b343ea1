// Prints the processes that live as JSON: [{pid, startedAt, marked, command}], without this one and its ancestors, and
// without a provider's own short calls, which come and go.
// `marked`: it belongs to this sandbox by its environment, which tells where the table is shared with others.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const hands = fileURLToPath(new URL("../../daytona/hands.mjs", import.meta.url));
const mark = `BOBBIN_SECRETS_DIR=${process.env.BOBBIN_SECRETS_DIR}`;
const table = readdirSync("/proc")
	.filter((name) => /^\d+$/.test(name))
	.flatMap((name) => read(Number(name)) ?? []);
const own = new Set();
for (let pid = process.pid; pid > 0 && !own.has(pid); pid = parentOf(pid)) own.add(pid);
const others = table.filter(
	({ pid, state, command }) => !own.has(pid) && state !== "Z" && state !== "X" && !command.includes(hands),
);
process.stdout.write(
	JSON.stringify(others.map(({ pid, startedAt, marked, command }) => ({ pid, startedAt, marked, command }))),
);

function parentOf(pid) {
	return table.find((entry) => entry.pid === pid)?.parent ?? 0;
}

function read(pid) {
	try {
		// The name may hold spaces and parentheses: the fields begin behind the last one.
		const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
		const [state, parent, ...more] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
		const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
		// Without a command line it is the kernel's.
		if (command === "" && state !== "Z") return null;
		const entry = { pid, parent: Number(parent), state, startedAt: more[17], command: command.slice(0, 200) };
		return { ...entry, marked: readEnvironment(pid).includes(mark) };
	} catch (error) {
		if (error.code === "ENOENT" || error.code === "ESRCH") return null;
		throw error;
	}
}

function readEnvironment(pid) {
	try {
		return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
	} catch (error) {
		if (["EACCES", "EPERM", "ENOENT", "ESRCH"].includes(error.code)) return [];
		throw error;
	}
}
