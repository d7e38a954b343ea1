import type { Duplex } from "node:stream";
import { Agent } from "undici";
import type { PortTarget } from "../../sandbox/provider.ts";

/** undici limits the connections that it makes itself; a way of our own needs its own limit. */
const CONNECT_LIMIT_MS = 3_000;
/** What answers in a sandbox is not trusted: it must not fill our memory. An event stream that is cut is opened again. */
const MAX_RESPONSE_BYTES = 256 * 1024 * 1024;

export interface OpenPort {
	/** No slash at the end. */
	origin: string;
	fetch: typeof fetch;
	close(): Promise<void>;
}

/** Makes a port inside a sandbox reachable by `fetch`, whichever way its provider leads there. */
export function openPort(target: PortTarget): OpenPort {
	const agent = new Agent({
		// An event stream is silent between heartbeats and has no end: who follows it watches the time itself.
		bodyTimeout: 0,
		headersTimeout: 60_000,
		maxResponseSize: MAX_RESPONSE_BYTES,
		...(target.kind === "socket"
			? {
					connect: (_options, done) => {
						connectWithin(target.connect, CONNECT_LIMIT_MS).then(
							(socket) => done(null, socket as never),
							(error: Error) => done(error, null),
						);
					},
				}
			: {}),
	});
	const headers = target.kind === "http" ? Object.entries(target.headers) : [];
	return {
		origin: target.kind === "http" ? target.origin.replace(/\/+$/, "") : "http://sandbox.internal",
		fetch: (input, init) => {
			const request = new Request(input, init);
			for (const [name, value] of headers) request.headers.set(name, value);
			return fetch(request, { dispatcher: agent as never });
		},
		close: () => agent.destroy(),
	};
}

async function connectWithin(connect: () => Promise<Duplex>, limitMs: number): Promise<Duplex> {
	const late = Promise.withResolvers<never>();
	const timer = setTimeout(() => late.reject(new Error(`no connection within ${limitMs} ms`)), limitMs);
	const connecting = connect();
	try {
		return await Promise.race([connecting, late.promise]);
	} catch (error) {
		// Whatever comes after all is of no use to anybody.
		connecting.then(
			(socket) => socket.destroy(),
			() => {},
		);
		throw error;
	} finally {
		clearTimeout(timer);
	}
}
