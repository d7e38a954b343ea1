import { createServer, type Server } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { hasCode } from "../local/sandbox-failure.ts";

const LOOK_EVERY_MS = 20;

/**
 * Acts while no other process of this machine acts under the same name. The lock is a socket in Linux's abstract
 * namespace (unix(7)): the kernel lets go of it when its process ends, however that ends.
 */
export async function withLock<T>(name: string, act: () => Promise<T>): Promise<T> {
	let lock = await listenAlone(`\0${name}`);
	while (lock === null) {
		await delay(LOOK_EVERY_MS);
		lock = await listenAlone(`\0${name}`);
	}
	try {
		return await act();
	} finally {
		const held = lock;
		await new Promise((resolve) => held.close(resolve));
	}
}

/** null: somebody else listens there. */
function listenAlone(path: string): Promise<Server | null> {
	return new Promise((resolve, reject) => {
		const server = createServer((socket) => socket.destroy()).unref();
		server.once("error", (error) => (hasCode(error, "EADDRINUSE") ? resolve(null) : reject(error)));
		server.listen(path, () => resolve(server));
	});
}
