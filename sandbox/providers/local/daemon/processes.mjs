import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, mkdirSync, openSync, statSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { endAll, hasMark, listProcesses, ownProcesses, signal, treeOf } from "./process-table.mjs";

const MAX_OUTPUT_BYTES = 1024 * 1024;
const MAX_LOG_BYTES = 1024 * 1024;
const DRAIN_MS = 200;
const MARK = "BOBBIN_PROCESS";

const failure = (code, message) => Object.assign(new Error(message), { code });

/**
 * Everything that runs inside.
 *
 * @param {{env: Record<string, string>, home: string, journalDir: string, privatePids: boolean, marker: string}} options
 *   marker: `NAME=value` in the environment of all that belongs to this sandbox, where it shares its processes' table
 */
export function createProcesses({ env, home, journalDir, privatePids, marker }) {
	mkdirSync(journalDir, { recursive: true });
	/** @type {Map<string, {pid: number, mark: string, running: boolean, exitCode?: number, exited: Promise<void>}>} */
	const started = new Map();
	const starting = new Set();

	const begin = ({ command, cwd, env: extra }, stdio) => {
		const folder = cwd ?? home;
		if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
			throw failure("EINVAL", `${folder} is not a folder.`);
		}
		const mark = randomUUID();
		const child = spawn("/bin/bash", ["-c", command], {
			cwd: folder,
			env: { ...env, ...extra, [MARK]: mark },
			detached: true,
			stdio,
		});
		return new Promise((resolve, reject) => {
			child.once("error", reject);
			child.once("spawn", () => {
				// When memory runs out, the kernel must end this one and not the daemon.
				try {
					writeFileSync(`/proc/${child.pid}/oom_score_adj`, "500");
				} catch {
					// It has ended already, or there is no /proc here.
				}
				resolve({ child, pid: child.pid, mark, running: true });
			});
		});
	};

	const list = () => ownProcesses(listProcesses(), { privatePids, marker });

	/** Ends a run with all its children. Once its first process has ended, that id may be another's: the mark tells. */
	const end = async (run) => {
		const { pid, mark } = run;
		await endAll(list, (table) => {
			const tree = treeOf(table, run.running ? [pid] : []);
			return table.filter((entry) => tree.has(entry.pid) || hasMark(entry.pid, `${MARK}=${mark}`));
		});
		// Where there is no table of processes, the group is all that is known.
		if (run.running) signal(-pid, "SIGKILL");
	};

	return {
		/** Waits for the command; `closed` (the caller went away) and the time limit end it with all its children. */
		async exec(request, closed) {
			const run = await begin(request, ["pipe", "pipe", "pipe"]);
			const { child } = run;
			const stdout = collect(child.stdout);
			const stderr = collect(child.stderr);
			child.stdin.on("error", () => {});
			child.stdin.end(request.stdin ?? "");

			const abandon = () => end(run).catch((error) => console.error(error));
			let timedOut = false;
			const timer = setTimeout(() => {
				timedOut = true;
				abandon();
			}, request.timeoutMs);
			closed.addEventListener("abort", abandon);
			const drained = new Promise((resolve) => child.once("close", resolve));
			const exitCode = await new Promise((resolve) =>
				child.once("exit", (code, signalName) => resolve(toExitCode(code, signalName))),
			);
			run.running = false;
			clearTimeout(timer);
			closed.removeEventListener("abort", abandon);
			// A child that runs on may hold the pipes open: its output is not waited for.
			await Promise.race([drained, new Promise((resolve) => setTimeout(resolve, DRAIN_MS))]);
			child.stdout.destroy();
			child.stderr.destroy();
			if (timedOut) {
				await end(run);
				throw failure("ETIMEDOUT", `The command took longer than ${request.timeoutMs} ms and was ended.`);
			}
			return {
				exitCode,
				stdout: stdout.text(),
				stderr: stderr.text(),
				truncated: stdout.cut() || stderr.cut(),
			};
		},

		async start(request) {
			const { key } = request;
			const paths = [journalPath(journalDir, key, "out"), journalPath(journalDir, key, "err")];
			if (starting.has(key) || started.get(key)?.running) return {};
			starting.add(key);
			const files = paths.map((path) => openSync(path, "a"));
			try {
				const { child, ...run } = await begin(request, ["ignore", ...files]);
				run.exited = new Promise((resolve) =>
					child.once("exit", (code, signalName) => {
						Object.assign(run, { running: false, exitCode: toExitCode(code, signalName) });
						resolve();
					}),
				);
				started.set(key, run);
			} finally {
				starting.delete(key);
				for (const file of files) closeSync(file);
			}
			return {};
		},

		find(key) {
			const run = started.get(key);
			if (!run) return null;
			return run.running ? { running: true } : { running: false, exitCode: run.exitCode };
		},

		async kill(key) {
			const run = started.get(key);
			if (!run) return;
			await end(run);
			await run.exited;
		},

		/** What is kept is each named process with its living descendants; an orphan of theirs is a stray. */
		async killStrays(keep) {
			const roots = keep.flatMap((key) => (started.get(key)?.running ? [started.get(key).pid] : []));
			await endAll(list, (table) => {
				const kept = treeOf(table, roots);
				return table.filter(({ pid }) => !kept.has(pid));
			});
			// Those started by name are known even where there is no table of processes.
			const others = [...started].flatMap(([key, run]) => (keep.includes(key) || !run.running ? [] : [run]));
			await Promise.all(others.map((run) => end(run).then(() => run.exited)));
		},

		async readLogs(key, from) {
			const stdout = await readFrom(journalPath(journalDir, key, "out"), from.stdout);
			const stderr = await readFrom(journalPath(journalDir, key, "err"), from.stderr);
			return { stdout: stdout.toString("base64"), stderr: stderr.toString("base64") };
		},
	};
}

const SIGNAL_NUMBERS = {
	SIGHUP: 1,
	SIGINT: 2,
	SIGABRT: 6,
	SIGKILL: 9,
	SIGSEGV: 11,
	SIGPIPE: 13,
	SIGTERM: 15,
};
const toExitCode = (code, signal) => code ?? 128 + (SIGNAL_NUMBERS[signal] ?? 0);

function journalPath(journalDir, key, kind) {
	if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(key)) {
		throw failure("EINVAL", "A key is 1 to 100 letters, digits, dots, hyphens or underscores.");
	}
	return `${journalDir}/${key}.${kind}`;
}

async function readFrom(path, offset) {
	const file = await open(path, "r");
	try {
		const { bytesRead, buffer } = await file.read(Buffer.alloc(MAX_LOG_BYTES), 0, MAX_LOG_BYTES, offset);
		return buffer.subarray(0, bytesRead);
	} finally {
		await file.close();
	}
}

function collect(stream) {
	const chunks = [];
	let bytes = 0;
	stream.on("data", (chunk) => {
		if (bytes < MAX_OUTPUT_BYTES) chunks.push(chunk.subarray(0, MAX_OUTPUT_BYTES - bytes));
		bytes += chunk.length;
	});
	return { text: () => Buffer.concat(chunks).toString("utf8"), cut: () => bytes > MAX_OUTPUT_BYTES };
}
