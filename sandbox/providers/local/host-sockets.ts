import { randomUUID } from "node:crypto";
import { chmod, chown, open, rename } from "node:fs/promises";
import type { Server } from "node:net";
import { join } from "node:path";
import { SandboxError } from "../../provider.ts";

/** sockaddr_un holds 108 bytes on Linux and 104 on macOS; the rest is for the file's name. */
const MAX_DIR_BYTES = 60;

/** A folder whose sockets can be named however deep it lies. */
export interface SocketDir {
	path(name: string): string;
	close(): Promise<void>;
}

export async function openSocketDir(dir: string): Promise<SocketDir> {
	if (Buffer.byteLength(dir) <= MAX_DIR_BYTES)
		return { path: (name) => join(dir, name), close: async () => {} };
	if (process.platform !== "linux") {
		throw new SandboxError(
			"unsupported",
			`The path ${dir} is too long for sockets: set DATA_DIR to a shorter one.`,
		);
	}
	const handle = await open(dir, "r");
	return { path: (name) => `/proc/self/fd/${handle.fd}/${name}`, close: () => handle.close() };
}

/**
 * Listens at `name` in the folder, in the place of whoever did before. The socket is made under a name of its own and
 * moved: so the change is atomic, and a server that closes later removes nothing of its successor.
 *
 * @param who the only other user who may connect, or everybody who comes through to the folder
 */
export async function listenAt(
	server: Server,
	sockets: SocketDir,
	name: string,
	who: { uid: number | null; open?: boolean | undefined },
): Promise<void> {
	const own = sockets.path(`${randomUUID().slice(0, 8)}.sock`);
	await new Promise<void>((resolve, reject) => {
		server.once("error", reject);
		server.listen(own, () => {
			server.off("error", reject);
			resolve();
		});
	});
	await chmod(own, who.open ? 0o666 : 0o600);
	if (who.uid !== null) await chown(own, who.uid, who.uid);
	await rename(own, sockets.path(name));
}
