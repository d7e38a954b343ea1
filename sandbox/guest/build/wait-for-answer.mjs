// wait-for-answer.mjs '{"ports": [3000], "before": [8701], "limitMs": 60000}'
//
// Waits until something answers HTTP on the first of `ports` or, where none is named, on a port that nobody listened
// on `before`. Prints {port, status, listening}: `status` null means that connections are taken but HTTP is not spoken;
// `port` null means that nothing came within the limit. With {"list": true}: prints the ports that are listened on.
import { readFileSync } from "node:fs";
import { get } from "node:http";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const TRY_MS = 10_000;
const STATE_LISTEN = "0A";

const { ports = [], before = [], limitMs = 0, list = false } = JSON.parse(process.argv[2]);
process.stdout.write(JSON.stringify(list ? listListening() : await wait()));
process.exit(0);

async function wait() {
	const end = Date.now() + limitMs;
	let open = null;
	for (let pauseMs = 50; Date.now() < end; pauseMs = Math.min(500, pauseMs * 1.5)) {
		const [port] = ports.length > 0 ? ports : listNew();
		if (port !== undefined) {
			const status = await ask(port, Math.min(TRY_MS, end - Date.now()));
			if (status !== null) return { port, status, listening: listNew() };
			if (await isOpen(port)) open = port;
			// A server that does not speak HTTP will not learn it.
			if (open === port && ports.length === 0) break;
		}
		await delay(Math.min(pauseMs, Math.max(0, end - Date.now())));
	}
	return { port: open, status: null, listening: listNew() };
}

function ask(port, timeoutMs) {
	return new Promise((resolve) => {
		const request = get({ host: "localhost", port, path: "/", agent: false, timeout: timeoutMs });
		request.once("response", (response) => {
			response.destroy();
			resolve(response.statusCode);
		});
		request.once("timeout", () => request.destroy());
		request.once("error", () => resolve(null));
		request.once("close", () => resolve(null));
	});
}

function isOpen(port) {
	return new Promise((resolve) => {
		const socket = connect({ host: "localhost", port, timeout: 1000 });
		const settle = (open) => {
			resolve(open);
			socket.destroy();
		};
		socket.once("connect", () => settle(true));
		socket.once("timeout", () => settle(false));
		socket.once("error", () => settle(false));
	});
}

function listNew() {
	return listListening().filter((port) => !before.includes(port));
}

function listListening() {
	const rows = ["tcp", "tcp6"].flatMap((name) => {
		try {
			return readFileSync(`/proc/net/${name}`, "utf8").trim().split("\n").slice(1);
		} catch {
			// No IPv6 here, or no /proc: then a port must be named.
			return [];
		}
	});
	const open = rows
		.map((row) => row.trim().split(/\s+/))
		.filter(([, , , state]) => state === STATE_LISTEN)
		.map(([, address]) => Number.parseInt(address.split(":")[1], 16));
	return [...new Set(open)].sort((a, b) => a - b);
}
