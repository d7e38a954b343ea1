import { spawn } from "node:child_process";
import { lstat, open, readFile, rename, rmdir } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { SandboxError } from "../../provider.ts";
import { composeArguments, INSIDE } from "./bwrap-arguments.ts";
import type { Layout } from "./layout.ts";
import { identify, MARK, type ProcessIdentity } from "./processes.ts";
import { hasCode } from "./sandbox-failure.ts";

const READY_WITHIN_MS = 20_000;
export const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Joins the groups whose files are named after their number, then becomes what follows. */
const JOIN_GROUPS =
	'n=$1; shift; while [ "$n" -gt 0 ]; do echo $$ > "$1" || exit 1; shift; n=$((n-1)); done; exec "$@"';

export interface Launch {
	layout: Layout;
	name: string;
	isolation: "full" | "none";
	uid: number | null;
	toolsDir: string;
	/** The beginning of the command line: what mounts the disk and the home's layers. */
	mount: string[];
	/** `cgroup.procs` files to join. */
	groups: string[];
	signal?: AbortSignal | undefined;
}

/** Those of the top folders that are real folders here and no links into /usr. */
export async function findTopFolders(): Promise<string[]> {
	const found = await Promise.all(
		["/bin", "/sbin", "/lib", "/lib64"].map(async (path) => {
			try {
				return (await lstat(path)).isDirectory() ? path : null;
			} catch (error) {
				if (hasCode(error, "ENOENT")) return null;
				throw error;
			}
		}),
	);
	return found.filter((path) => path !== null);
}

/** The user a sandbox runs as on the host: never root. */
export function dropUser(uid: number | null, command: string[]): string[] {
	if (uid === null) return command;
	return ["setpriv", "--reuid", String(uid), "--regid", String(uid), "--clear-groups", "--", ...command];
}

/**
 * Starts the sandbox's daemon, which outlives us, and waits until it listens.
 *
 * @returns the process whose life is the sandbox's
 * @throws SandboxError `unavailable` with the end of the log where it did not come up
 */
export async function launch(options: Launch): Promise<ProcessIdentity> {
	const { layout, groups, uid, signal } = options;
	const command =
		options.isolation === "full"
			? [...options.mount, ...dropUser(uid, ["bwrap", ...(await isolated(options))])]
			: daemonCommand(options.toolsDir);
	const [file = "", ...args] =
		groups.length === 0
			? command
			: ["sh", "-c", JOIN_GROUPS, "sh", String(groups.length), ...groups, ...command];
	const log = await open(layout.log, "w", 0o600);
	try {
		const child = spawn(file, args, {
			cwd: layout.dir,
			detached: true,
			env: { PATH: SYSTEM_PATH, [MARK]: layout.dir },
			stdio: ["ignore", log.fd, log.fd, "pipe"],
		});
		const pid = await new Promise<number>((resolve, reject) => {
			child.once("error", reject);
			child.once("spawn", () => resolve(child.pid ?? 0));
		});
		child.unref();
		const ready = child.stdio[3] as Readable;
		try {
			await waitUntilReady(ready, signal);
		} catch (cause) {
			const said = (await readFile(layout.log, "utf8")).trim().slice(-500);
			throw new SandboxError("unavailable", `The sandbox did not start: ${said || "no reason given"}`, {
				retryable: true,
				cause,
			});
		} finally {
			ready.destroy();
		}
		await adoptSocket(layout);
		const identity = await identify(pid);
		if (identity === null)
			throw new SandboxError("unavailable", "The sandbox ended at once.", { retryable: true });
		return identity;
	} finally {
		await log.close();
	}
}

async function isolated({ layout, name, toolsDir }: Launch): Promise<string[]> {
	const topFolders = await findTopFolders();
	const command = daemonCommand(INSIDE.tools);
	return composeArguments({ layout, hostname: name, toolsDir, topFolders, command });
}

function daemonCommand(toolsDir: string): string[] {
	return [join(toolsDir, "node/bin/node"), "--no-warnings", join(toolsDir, "daemon.mjs")];
}

function waitUntilReady(ready: Readable, signal: AbortSignal | undefined): Promise<void> {
	return new Promise((resolve, reject) => {
		const timer = setTimeout(() => reject(new Error("It took too long.")), READY_WITHIN_MS);
		const settle = (act: () => void) => () => {
			clearTimeout(timer);
			signal?.removeEventListener("abort", cancelled);
			act();
		};
		const cancelled = settle(() => reject(new Error("The caller gave up.")));
		if (signal?.aborted) return cancelled();
		signal?.addEventListener("abort", cancelled);
		ready.once("data", settle(resolve));
		ready.once(
			"error",
			settle(() => reject(new Error("The pipe to it broke."))),
		);
		ready.once(
			"end",
			settle(() => reject(new Error("It ended before it was ready."))),
		);
	});
}

/**
 * Takes the daemon's socket out of the folder that the sandbox can write, before anything else has run in there. Left
 * where it is, it could be replaced with a link that leads us to another program's socket.
 */
async function adoptSocket(layout: Layout): Promise<void> {
	const adopted = join(layout.host, "daemon.sock");
	await rename(join(layout.birth, "daemon.sock"), adopted);
	// It is on our disk. Without it nothing can be written there from inside.
	await rmdir(layout.birth);
	if (!(await lstat(adopted)).isSocket()) throw new SandboxError("unavailable", "The sandbox has no socket.");
}
