import { lookup } from "node:dns/promises";
import http, { type IncomingMessage, type Server, type ServerResponse } from "node:http";
import net, { type Socket } from "node:net";
import { type Duplex, pipeline } from "node:stream";
import { isAllowedHost, isPublicAddress } from "./egress-rules.ts";

const CONNECT_WITHIN_MS = 20_000;
const IDLE_MS = 10 * 60_000;
const MAX_CONNECTIONS = 256;

/** The outside world, as an argument: tests give another one. */
export interface Internet {
	/** All addresses of a name. */
	lookup(host: string): Promise<string[]>;
	connect(address: string, port: number): Socket;
}

export const realInternet: Internet = {
	lookup: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
	connect: (address, port) => net.connect({ host: address, port }),
};

type Way =
	| { outcome: "open"; address: string; port: number }
	| { outcome: "refused"; status: number; reason: string };

/**
 * The only way out of a sandbox beside the gateway: CONNECT to port 443 or 80, and GET or HEAD on port 80, of hosts
 * that are allowed. The name is resolved here and that very address is dialled, which must be a public one: so no name
 * leads to this machine or its network.
 */
export function createEgressProxy(allowHosts: string[], internet: Internet): Server {
	const decide = async (asked: string, port: number): Promise<Way> => {
		const host = asked.toLowerCase().replace(/\.$/, "");
		const refuse = (status: number, reason: string): Way => ({ outcome: "refused", status, reason });
		if (!isAllowedHost(host, allowHosts)) {
			return refuse(403, `${host} is not on this sandbox's list of allowed hosts (SANDBOX_ALLOW_HOSTS).`);
		}
		if (port !== 443 && port !== 80) return refuse(403, `Port ${port} is not allowed: only 443 and 80 are.`);
		let addresses: string[];
		try {
			addresses = net.isIP(host) ? [host] : await internet.lookup(host);
		} catch {
			return refuse(502, `${host} could not be resolved.`);
		}
		const address = addresses.find(isPublicAddress);
		return address === undefined
			? refuse(403, `${host} does not resolve to a public address.`)
			: { outcome: "open", address, port };
	};

	const server = http.createServer((request, response) => void forward(request, response));
	server.on(
		"connect",
		(request: IncomingMessage, client: Duplex, head: Buffer) => void tunnel(request, client, head),
	);
	server.maxConnections = MAX_CONNECTIONS;
	return server;

	async function tunnel(request: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
		client.on("error", () => client.destroy());
		const target = parseAuthority(request.url ?? "");
		const way: Way = target
			? await decide(target.host, target.port)
			: { outcome: "refused", status: 400, reason: "CONNECT needs host:port." };
		if (way.outcome === "refused") {
			client.end(
				`HTTP/1.1 ${way.status} ${http.STATUS_CODES[way.status]}\r\ncontent-type: text/plain\r\ncontent-length: ${Buffer.byteLength(way.reason) + 1}\r\nconnection: close\r\n\r\n${way.reason}\n`,
			);
			return;
		}
		if (client.destroyed) return;
		const upstream = internet.connect(way.address, way.port);
		const unreachable = () =>
			client.end("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
		upstream.setTimeout(CONNECT_WITHIN_MS, () => upstream.destroy(new Error("took too long")));
		upstream.once("error", unreachable);
		client.on("close", () => upstream.destroy());
		upstream.once("connect", () => {
			upstream.off("error", unreachable);
			upstream.on("error", () => client.destroy());
			upstream.setTimeout(IDLE_MS);
			client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
			upstream.write(head);
			upstream.pipe(client);
			client.pipe(upstream);
		});
	}

	async function forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const answer = (status: number, reason: string) =>
			response.writeHead(status, { "content-type": "text/plain" }).end(`${reason}\n`);
		const url = URL.canParse(request.url ?? "") ? new URL(request.url ?? "") : null;
		if (url?.protocol !== "http:") return void answer(400, "Only absolute http:// addresses are forwarded.");
		if (request.method !== "GET" && request.method !== "HEAD") {
			return void answer(403, "Only GET and HEAD are allowed over plain HTTP.");
		}
		const way = await decide(url.hostname, url.port === "" ? 80 : Number(url.port));
		if (way.outcome === "refused") return void answer(way.status, way.reason);
		const { "proxy-connection": _, "proxy-authorization": __, connection: ___, ...headers } = request.headers;
		const upstream = http.request({
			createConnection: () => internet.connect(way.address, way.port),
			method: request.method,
			path: `${url.pathname}${url.search}`,
			headers: { ...headers, host: url.host, connection: "close" },
			timeout: IDLE_MS,
		});
		upstream.on("timeout", () => upstream.destroy());
		upstream.on("error", () =>
			response.headersSent ? response.destroy() : answer(502, `${url.host} did not answer.`),
		);
		upstream.on("response", (incoming) => {
			const status = incoming.statusCode ?? 0;
			// Node parses numbers that it refuses to write.
			if (status < 200) return void answer(502, `${url.host} gave no answer of HTTP's.`);
			response.writeHead(status, incoming.headers);
			pipeline(incoming, response, () => {});
		});
		response.on("close", () => upstream.destroy());
		upstream.end();
	}
}

function parseAuthority(authority: string): { host: string; port: number } | null {
	const match = /^(\[[0-9a-fA-F:.]+\]|[^:/@[\]]+):(\d{1,5})$/.exec(authority);
	if (!match?.[1] || !match[2]) return null;
	return { host: match[1].replace(/^\[|\]$/g, ""), port: Number(match[2]) };
}
