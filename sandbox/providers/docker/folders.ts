import { chmod, lstat, mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { INSIDE } from "../local/bwrap-arguments.ts";
import { ETC_FILES } from "../local/layout.ts";
import { hasCode } from "../local/sandbox-failure.ts";
import { SECRETS_DIR, TOOLS_MOUNT } from "./mounts.ts";

/** What a sandbox has on this machine beside its container: nothing of it is in a snapshot. */
export interface Folders {
	/** Ours alone: no other user of this machine comes through, whatever the modes below it are. */
	dir: string;
	/** Written by the provider, read-only inside: settings, start script, the sockets of both sides. */
	host: string;
	/** Where the daemon makes its socket; once we have that, nothing can be written there. */
	run: string;
	etc: string;
	/** Which process of ours serves its gateway. */
	owner: string;
}

export function layOutFolders(sandboxesDir: string, name: string): Folders {
	const dir = join(sandboxesDir, name);
	return {
		dir,
		host: join(dir, "host"),
		run: join(dir, "run"),
		etc: join(dir, "etc"),
		owner: join(dir, "owner.json"),
	};
}

/**
 * Bash is the container's first process and does not become Node: so it reaps what others leave behind. The daemon
 * tells on descriptor 3 that it is ready: only then may its socket be moved.
 */
const START_SCRIPT = `rm -rf -- /tmp/* /tmp/.[!.]* /tmp/..?*
mkdir -m 700 ${SECRETS_DIR}
${INSIDE.tools}/node/bin/node --no-warnings ${INSIDE.tools}/daemon.mjs 3>${INSIDE.own}/run/ready
`;

/** Makes the folders ready for a start. Container users are mapped by some engines, so modes are open below `dir`. */
export async function prepareFolders(
	folders: Folders,
	start: { toolsKey: string; settings: object },
): Promise<void> {
	await mkdir(folders.dir, { recursive: true });
	await chmod(folders.dir, 0o700);
	await Promise.all([folders.host, folders.run].map((dir) => rm(dir, { recursive: true, force: true })));
	await Promise.all([folders.host, folders.run, folders.etc].map((dir) => mkdir(dir, { recursive: true })));
	const files = [
		...Object.entries(ETC_FILES).map(([name, text]) => ({ path: join(folders.etc, name), text })),
		{ path: join(folders.host, "daemon.json"), text: JSON.stringify(start.settings) },
		{ path: join(folders.host, "start.sh"), text: START_SCRIPT },
	];
	for (const { path, text } of files) {
		await writeFile(path, text);
		await chmod(path, 0o644);
	}
	await symlink(`${TOOLS_MOUNT}/${start.toolsKey}`, join(folders.host, "tools"));
	await Promise.all([folders.host, folders.etc].map((dir) => chmod(dir, 0o755)));
	await chmod(folders.run, 0o777);
}

/**
 * Takes the daemon's socket out of the folder that the sandbox can write, before anything else has run in there: left
 * where it is, it could be replaced with a link that leads us to another program's socket. False: it is not ready yet.
 */
export async function adoptSocket(folders: Folders): Promise<boolean> {
	try {
		if ((await lstat(join(folders.run, "ready"))).size === 0) return false;
		await rename(join(folders.run, "daemon.sock"), join(folders.host, "daemon.sock"));
		await chmod(folders.run, 0o755);
		return true;
	} catch (error) {
		if (hasCode(error, "ENOENT")) return false;
		throw error;
	}
}
