import { SandboxError, type SandboxErrorCode, type SandboxProvider } from "../../provider.ts";
import type { DaemonClient } from "./daemon-client.ts";
import { checkName } from "./name.ts";
import { translate } from "./sandbox-failure.ts";

type DaemonCalls = Pick<
	SandboxProvider,
	"exec" | "spawn" | "proc" | "readLogs" | "kill" | "killStrays" | "readFile" | "writeFile" | "portTarget"
>;

/**
 * What a provider leaves to the daemon inside a sandbox. After a failure of `mayBeGone` it is looked whether the sandbox
 * is still there: the line to its daemon may be older than its end.
 */
export function createDaemonCalls(
	lifecycle: { reach(name: string): Promise<DaemonClient>; forgetIfGone(name: string): Promise<void> },
	mayBeGone: readonly SandboxErrorCode[],
): DaemonCalls {
	async function onDaemon<T>(id: string, act: (daemon: DaemonClient) => Promise<T>): Promise<T> {
		try {
			return await act(await lifecycle.reach(checkName(id)));
		} catch (thrown) {
			const error = translate(thrown);
			if (error instanceof SandboxError && mayBeGone.includes(error.code)) await lifecycle.forgetIfGone(id);
			throw error;
		}
	}

	return {
		exec: (id, command) => onDaemon(id, (daemon) => daemon.exec(command)),
		spawn: (id, process) =>
			onDaemon(id, async (daemon) => {
				await daemon.start(process);
				return { key: process.key };
			}),
		proc: (id, { key }) => onDaemon(id, (daemon) => daemon.find(key)),
		readLogs: (id, { key }, from) =>
			onDaemon(id, async (daemon) => {
				const { stdout, stderr } = await daemon.readLogs(key, from);
				const next = { stdout: from.stdout + stdout.length, stderr: from.stderr + stderr.length };
				return { stdout, stderr, next };
			}),
		kill: (id, { key }) => onDaemon(id, (daemon) => daemon.kill(key)),
		killStrays: (id, keep) => onDaemon(id, (daemon) => daemon.killStrays(keep.map(({ key }) => key))),
		readFile: (id, path) => onDaemon(id, (daemon) => daemon.readFile(path)),
		writeFile: (id, path, data, mode) => onDaemon(id, (daemon) => daemon.writeFile(path, data, mode)),
		portTarget: (id, port) =>
			onDaemon(id, async () => ({
				kind: "socket",
				connect: () => onDaemon(id, (daemon) => daemon.connect(port)),
			})),
	};
}
