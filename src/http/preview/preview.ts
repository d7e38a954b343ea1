import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { MiddlewareHandler } from "hono";
import { createProxyServer } from "http-proxy-3";
import type { PortTarget } from "../../../sandbox/provider.ts";
import type { Log } from "../../log.ts";
import { isOwnVisitor } from "./is-own-visitor.ts";
import { isPreviewPort, type PreviewAddress, readPreviewAddress } from "./preview-address.ts";
import { SandboxAgent } from "./sandbox-agent.ts";

export interface PreviewDeps {
	/** The started sandbox of a session. */
	findSandbox(
		session: string,
	): Promise<{ outcome: "found"; id: string } | { outcome: "asleep" } | { outcome: "unknown" }>;
	portTarget(sandboxId: string, port: number): Promise<PortTarget>;
	log: Log;
}

export interface Preview {
	/** Answers for the hosts that are previews; everything else goes on to the next. */
	middleware: MiddlewareHandler<{ Bindings: HttpBindings }>;
	upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
}

type Way =
	| { way: "refused"; status: 403 | 404 | 502 | 503; message: string }
	| { way: "open"; target: string; agent: SandboxAgent | undefined; headers: Record<string, string> };

const ANSWER_WITHIN_MS = 60_000;

/**
 * Ports of sandboxes at `{port}--{session}.localhost`: each preview is an origin of its own, so that what a sandbox
 * serves cannot read Bobbin's pages. Until people can sign in, this machine only.
 */
export function createPreview(deps: PreviewDeps): Preview {
	const proxy = createProxyServer({ xfwd: true, proxyTimeout: ANSWER_WITHIN_MS });
	proxy.on("error", (error, _request, response) => {
		deps.log.debug({ err: error }, "a preview's port did not answer");
		const message = "Nothing answers on this port of the sandbox. Has the app been started there?";
		if ("writeHead" in response) refuse(response, 502, message);
		else response.end(`HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n`);
	});

	async function findWay({ port, session }: PreviewAddress, visitor: Duplex): Promise<Way> {
		if (!isPreviewPort(port)) {
			return { way: "refused", status: 403, message: "This port of a sandbox belongs to Bobbin." };
		}
		const sandbox = await deps.findSandbox(session);
		if (sandbox.outcome === "unknown") {
			return { way: "refused", status: 404, message: "There is no session with this id." };
		}
		if (sandbox.outcome === "asleep") {
			const message = "The session's sandbox is not running. Write in its thread to wake it, then try again.";
			return { way: "refused", status: 503, message };
		}
		try {
			const target = await deps.portTarget(sandbox.id, port);
			return target.kind === "http"
				? { way: "open", target: target.origin, agent: undefined, headers: target.headers }
				: {
						way: "open",
						target: `http://127.0.0.1:${port}`,
						agent: new SandboxAgent(() => connectFor(visitor, target.connect)),
						headers: {},
					};
		} catch (err) {
			deps.log.warn({ err, session }, "a preview's sandbox could not be reached");
			return { way: "refused", status: 502, message: "The session's sandbox cannot be reached. Try again." };
		}
	}

	return {
		async middleware(c, next) {
			const address = readPreviewAddress(c.req.header("host") ?? "");
			if (address === null) return next();
			const incoming = c.env.incoming as IncomingMessage;
			const outgoing = c.env.outgoing as ServerResponse;
			if (!isOwnVisitor(incoming)) return c.text("Previews answer on this machine only.", 403);
			const way = await findWay(address, incoming.socket);
			if (way.way === "refused") return c.text(way.message, way.status);
			const { target, agent, headers } = way;
			proxy.web(incoming, outgoing, { target, agent, headers });
			return RESPONSE_ALREADY_SENT;
		},

		upgrade(request, socket, head) {
			const address = readPreviewAddress(request.headers.host ?? "");
			if (address === null) return false;
			const end = (status: string) => socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`);
			if (!isOwnVisitor(request)) {
				end("403 Forbidden");
				return true;
			}
			// A visitor who is gone reads nothing more; half a connection would stay for good.
			socket.on("end", () => socket.destroy());
			findWay(address, socket).then(
				(way) => {
					if (way.way === "refused") end(`${way.status} Refused`);
					else {
						const { target, agent, headers } = way;
						proxy.ws(request, socket, head, { target, agent, headers });
					}
				},
				(err) => {
					deps.log.error({ err }, "a preview's socket could not be opened");
					end("500 Internal Server Error");
				},
			);
			return true;
		},
	};
}

/** The connection inside ends with the one that it serves. */
async function connectFor(visitor: Duplex, connect: () => Promise<Duplex>): Promise<Duplex> {
	const inside = await connect();
	visitor.once("close", () => inside.destroy());
	if (visitor.destroyed) inside.destroy();
	return inside;
}

function refuse(response: ServerResponse, status: number, message: string): void {
	if (response.headersSent) {
		response.destroy();
		return;
	}
	response.writeHead(status, { "content-type": "text/plain; charset=utf-8" });
	response.end(message);
}
