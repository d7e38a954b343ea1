import type { SandboxProvider } from "../../provider.ts";
import type { DaemonClient } from "./daemon-client.ts";

type DaemonCalls = Pick<
	SandboxProvider,
	"exec" | "spawn" | "proc" | "readLogs" | "kill" | "killStrays" | "readFile" | "writeFile" | "portTarget"
>;

/** What a provider leaves to the daemon inside a sandbox. `onDaemon` runs one call on the daemon of a sandbox. */
export function createDaemonCalls(
	onDaemon: <T>(id: string, act: (daemon: DaemonClient) => Promise<T>) => Promise<T>,
): DaemonCalls {
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
