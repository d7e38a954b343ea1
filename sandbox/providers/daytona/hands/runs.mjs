import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, openSync, readFileSync, statSync } from "node:fs";
import { link, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { env as inherited } from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { endAll, hasMark, listProcesses, treeOf } from "../../local/daemon/process-table.mjs";
import { isAlive, startTimeOf } from "./identity.mjs";

const MAX_OUTPUT_BYTES = 1024 * 1024;
const MAX_LOG_BYTES = 1024 * 1024;
const MARK = "BOBBIN_PROCESS";
const KEEP_RESULTS_MS = 120_000;
const KEEP_INPUT_MS = 3_600_000;
const END_WITHIN_MS = 5_000;

/**
 * Runs the command as a child and keeps its exit code in a file. In a session of its own, so that a signal to its group
 * does not reach us; the score makes the kernel end the command and not the system's own process when memory runs out.
 */
const SUPERVISE = `
dir=$1 in=$2 out=$3 err=$4
export ${MARK}="$5"
setsid /bin/bash -c 'echo 500 2>/dev/null >/proc/self/oom_score_adj; exec /bin/bash -c "$1"' - "$6" <"$in" >>"$out" 2>>"$err"
echo $? >"$dir/exit"
`;

const { PATH: searched = "/usr/local/bin:/usr/bin:/bin" } = inherited;
/** The tools' Node comes first. */
const PATH = `${dirname(process.execPath)}:${searched}`;

const failure = (code, message) => Object.assign(new Error(message), { code });

/**
 * What was started here, known by its files: `runs/<name>/meta.json` (supervisor and mark) and `exit`. A run is named
 * `run-<id>` (somebody waits for it) or `key-<key>` (lives on its own, output in the journal).
 */
export function createRuns({ dir, journalDir, system }) {
	const at = (name) => join(dir, "runs", name);
	const journal = (name, kind) => join(journalDir, `${name}.${kind}`);

	async function read(name) {
		try {
			return JSON.parse(await readFile(join(at(name), "meta.json"), "utf8"));
		} catch (error) {
			if (error.code === "ENOENT") return null;
			throw error;
		}
	}

	/** null while it runs. One whose supervisor was killed has no exit code of its own: it was killed too. */
	async function readExit(name, meta) {
		const read = async () => {
			try {
				const text = await readFile(join(at(name), "exit"), "utf8");
				// Made, and not yet written.
				return text === "" ? null : Number(text);
			} catch (error) {
				if (error.code === "ENOENT") return null;
				throw error;
			}
		};
		// The supervisor may end between the two looks.
		return (await read()) ?? (isAlive(meta.supervisor) ? null : ((await read()) ?? 137));
	}

	async function begin(name, { id, command, cwd, env, stdin }) {
		if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) {
			throw failure("EINVAL", `${cwd} is not a folder.`);
		}
		const mark = randomUUID();
		await rm(join(at(name), "exit"), { force: true });
		const paths = ["out", "err"].map((kind) => journal(name, kind));
		for (const path of paths) closeSync(openSync(path, "a", 0o600));
		// Nothing of ours is passed on: whoever runs us waits until every copy of our output is closed.
		const child = spawn(
			"/bin/bash",
			["-c", SUPERVISE, "bobbin-supervisor", at(name), stdin ?? "/dev/null", ...paths, mark, command],
			{ cwd, env: { ...inherited, PATH, ...env }, detached: true, stdio: "ignore" },
		);
		await new Promise((resolve, reject) => {
			child.once("error", reject);
			child.once("spawn", resolve);
		});
		child.unref();
		const meta = { id, supervisor: { pid: child.pid, startTime: startTimeOf(child.pid) }, mark };
		await writeFile(join(at(name), "meta.partial"), JSON.stringify(meta));
		await rename(join(at(name), "meta.partial"), join(at(name), "meta.json"));
	}

	/** Once for each name at a time: whoever makes the file starts it, and one that died over it is passed by. */
	async function once(name, act) {
		await mkdir(at(name), { recursive: true, mode: 0o700 });
		const lock = join(at(name), "starting");
		const claim = join(at(name), `claim-${process.pid}`);
		// A link appears with its content: an empty lock would look like one of the dead.
		await writeFile(claim, JSON.stringify({ pid: process.pid, startTime: startTimeOf(process.pid) }));
		for (;;) {
			try {
				await link(claim, lock);
				break;
			} catch (error) {
				if (error.code !== "EEXIST") throw error;
				const holder = await readHolder(lock);
				if (holder === null || !isAlive(holder)) await rm(lock, { force: true });
				else await delay(5);
			}
		}
		try {
			return await act();
		} finally {
			await rm(lock, { force: true });
			await rm(claim, { force: true });
		}
	}

	const own = () => {
		const table = listProcesses();
		return table.filter(({ pid }) => pid > 1 && pid !== process.pid && isOurs(pid));
	};

	async function end(name, meta) {
		const { supervisor, mark } = meta;
		await endAll(own, (table) => {
			const tree = isAlive(supervisor) ? treeOf(table, [supervisor.pid]) : new Set();
			return table.filter(
				({ pid }) => pid !== supervisor.pid && (tree.has(pid) || hasMark(pid, `${MARK}=${mark}`)),
			);
		});
		const deadline = Date.now() + END_WITHIN_MS;
		while ((await readExit(name, meta)) === null && Date.now() < deadline) await delay(5);
	}

	async function waitFor(name, waitMs) {
		const meta = await read(name);
		if (!meta) throw failure("ENOENT", "There is no such run.");
		const deadline = Date.now() + waitMs;
		for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, 50)) {
			const exitCode = await readExit(name, meta);
			if (exitCode !== null) return { done: true, exitCode, ...(await collect(name)) };
			if (Date.now() >= deadline) return { done: false };
			await delay(pauseMs);
		}
	}

	async function collect(name) {
		const [stdout, stderr] = await Promise.all(
			["out", "err"].map(async (kind) => {
				const { size } = await stat(journal(name, kind));
				return {
					cut: size > MAX_OUTPUT_BYTES,
					bytes: await readFrom(journal(name, kind), 0, MAX_OUTPUT_BYTES),
				};
			}),
		);
		return {
			stdout: stdout.bytes.toString("utf8"),
			stderr: stderr.bytes.toString("utf8"),
			truncated: stdout.cut || stderr.cut,
		};
	}

	/** A result is kept for a while, because the answer that carried it may have been lost. */
	async function forgetOld() {
		for (const name of await readdir(join(dir, "runs"))) {
			if (!name.startsWith("run-")) continue;
			const ended = await stat(join(at(name), "exit")).catch(() => null);
			if (ended === null || Date.now() - ended.mtimeMs < KEEP_RESULTS_MS) continue;
			await Promise.all(["out", "err"].map((kind) => rm(journal(name, kind), { force: true })));
			await rm(at(name), { recursive: true, force: true });
		}
		await removeOld(join(dir, "in"), () => true);
		await removeOld("/tmp", (name) => name.startsWith("bobbin-input-"));
		// Results that were too large to be said.
		await removeOld(journalDir, (name) => name.endsWith(".json"));
	}

	return {
		/** Starts a command unless the same request has done so, and waits a while for its end. */
		async run({ waitMs, ...command }) {
			const name = `run-${checkKey(command.id)}`;
			await forgetOld();
			await once(name, async () => {
				if ((await read(name)) === null) await begin(name, command);
			});
			return waitFor(name, waitMs);
		},
		wait: ({ id, waitMs }) => waitFor(`run-${checkKey(id)}`, waitMs),
		async end({ id }) {
			const name = `run-${checkKey(id)}`;
			const meta = await read(name);
			if (meta) await end(name, meta);
			return {};
		},

		/** `id` names the request: one that is repeated because its answer was lost starts nothing again. */
		async spawn({ key, ...command }) {
			const name = `key-${checkKey(key)}`;
			await once(name, async () => {
				const meta = await read(name);
				if (meta?.id === command.id) return;
				if (meta === null || (await readExit(name, meta)) !== null) await begin(name, command);
			});
			return {};
		},
		async find({ key }) {
			const name = `key-${checkKey(key)}`;
			const meta = await read(name);
			if (!meta) return { process: null };
			const exitCode = await readExit(name, meta);
			return { process: exitCode === null ? { running: true } : { running: false, exitCode } };
		},
		async kill({ key }) {
			const name = `key-${checkKey(key)}`;
			const meta = await read(name);
			if (meta) await end(name, meta);
			return {};
		},

		/**
		 * What is kept is the system's own, other calls of these hands, and each named process with its living
		 * descendants. Supervisors are spared until theirs has ended, so that they still write down how.
		 */
		async killStrays({ keep }) {
			const metas = new Map();
			for (const name of await readdir(join(dir, "runs"))) {
				const meta = await read(name);
				if (meta) metas.set(name, meta);
			}
			const supervisors = new Set();
			for (const { supervisor } of metas.values()) if (isAlive(supervisor)) supervisors.add(supervisor.pid);
			const roots = keep.flatMap((key) => {
				const meta = metas.get(`key-${checkKey(key)}`);
				return meta && isAlive(meta.supervisor) ? [meta.supervisor.pid] : [];
			});
			const systems = new Map(system.map(({ pid, startTime }) => [pid, startTime]));
			await endAll(own, (table) => {
				const spared = treeOf(table, roots);
				for (const pid of supervisors) spared.add(pid);
				const parents = new Map(table.map(({ pid, ppid }) => [pid, ppid]));
				for (const { pid } of table) {
					if (!isHands(pid)) continue;
					for (let at = pid; at > 1 && !spared.has(at); at = parents.get(at) ?? 0) spared.add(at);
				}
				for (let at = process.ppid; at > 1; at = parents.get(at) ?? 0) spared.add(at);
				return table.filter(
					({ pid }) => !spared.has(pid) && !(systems.has(pid) && systems.get(pid) === startTimeOf(pid)),
				);
			});
			const ended = [...metas].filter(([name]) => !keep.includes(name.slice("key-".length)));
			for (const [name, meta] of ended) {
				const deadline = Date.now() + END_WITHIN_MS;
				while ((await readExit(name, meta)) === null && Date.now() < deadline) await delay(5);
			}
			return {};
		},

		async readLogs({ key, stdout, stderr }) {
			const name = `key-${checkKey(key)}`;
			const [out, err] = await Promise.all([
				readFrom(journal(name, "out"), stdout, MAX_LOG_BYTES),
				readFrom(journal(name, "err"), stderr, MAX_LOG_BYTES),
			]);
			return { stdout: out.toString("base64"), stderr: err.toString("base64") };
		},
	};
}

async function removeOld(folder, isMeant) {
	for (const name of (await readdir(folder)).filter(isMeant)) {
		const path = join(folder, name);
		const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
		if (Date.now() - mtimeMs > KEEP_INPUT_MS) await rm(path, { force: true });
	}
}

function checkKey(key) {
	if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(key)) return key;
	throw failure("EINVAL", "A key is 1 to 100 letters, digits, dots, hyphens or underscores.");
}

async function readHolder(lock) {
	try {
		return JSON.parse(await readFile(lock, "utf8"));
	} catch (error) {
		if (error.code === "ENOENT") return null;
		throw error;
	}
}

async function readFrom(path, offset, maxBytes) {
	const file = await open(path, "r");
	try {
		const { bytesRead, buffer } = await file.read(Buffer.alloc(maxBytes), 0, maxBytes, offset);
		return buffer.subarray(0, bytesRead);
	} finally {
		await file.close();
	}
}

/** Whether we may signal it: processes of other users are the system's. */
function isOurs(pid) {
	try {
		return process.getuid() === 0 || statSync(`/proc/${pid}`).uid === process.getuid();
	} catch {
		return false;
	}
}

/** Other calls of ours, with the shells that they were called from. */
function isHands(pid) {
	try {
		return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(process.argv[1]);
	} catch {
		return false;
	}
}
