import net from "node:net";

const PATIENCE_MS = 60_000;
const RETRY_MS = 50;
const MAX_HELD_BYTES = 1024 * 1024;

/**
 * Carries every TCP connection on a loopback port to a unix socket. While nobody answers there (Bobbin restarts), a
 * new connection is held for up to a minute, with what its client has sent so far.
 *
 * @param {{port: number, socketPath: string}} bridge port 0 takes any
 * @returns {Promise<number>} the port
 */
export function listenBridge({ port, socketPath }) {
	const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (client) =>
		hold(client, socketPath),
	);
	return new Promise((resolve, reject) => {
		server.once("error", reject);
		server.listen(port, "127.0.0.1", () => resolve(server.address().port));
	});
}

function hold(client, socketPath) {
	const deadline = Date.now() + PATIENCE_MS;
	const held = [];
	let heldBytes = 0;
	let timer;
	const keep = (chunk) => {
		held.push(chunk);
		heldBytes += chunk.length;
		if (heldBytes > MAX_HELD_BYTES) client.pause();
	};
	// A client that has hung up must not have its request carried out later.
	const leave = () => {
		clearTimeout(timer);
		client.destroy();
	};
	client.on("error", leave);
	client.on("data", keep);
	client.on("end", leave);

	const dial = () => {
		if (client.destroyed) return;
		const upstream = net.connect({ path: socketPath, allowHalfOpen: true });
		const retry = () => {
			if (Date.now() > deadline) leave();
			else timer = setTimeout(dial, RETRY_MS);
		};
		upstream.once("error", retry);
		upstream.once("connect", () => {
			upstream.off("error", retry);
			client.off("data", keep);
			client.off("end", leave);
			upstream.on("error", () => client.destroy());
			client.on("close", () => upstream.destroy());
			upstream.on("close", () => client.destroySoon());
			for (const chunk of held) upstream.write(chunk);
			client.pipe(upstream);
			upstream.pipe(client);
		});
	};
	dial();
}
