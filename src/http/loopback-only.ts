import type { IncomingHttpHeaders } from "node:http";
import type { HttpBindings } from "@hono/node-server";
import type { Context, HonoRequest, MiddlewareHandler } from "hono";

const LOOPBACK = new Set(["127.0.0.1", "::1", "::ffff:127.0.0.1"]);
const LOCAL_NAMES = new Set(["127.0.0.1", "localhost", "[::1]"]);

const FORWARDED = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"];

/** Lets only this machine through. */
export const loopbackOnly: MiddlewareHandler<{ Bindings: HttpBindings }> = (c, next) => {
	if (isAskedHere(c)) return next();
	const message = "This answers on this machine only.";
	return Promise.resolve(c.json({ error: { code: "loopback_only", message, retryable: false } }, 403));
};

/**
 * Whether this machine asks: the connection comes from loopback, was not forwarded for somebody else, and asks for a
 * local name, so that a web page elsewhere cannot point its own name at us. Nor may such a page call us by our real
 * address, where tokens are easy to guess; a link on it may be followed, except to an API.
 */
export function isAskedHere(c: Context<{ Bindings: HttpBindings }>): boolean {
	const name = (c.req.header("host") ?? "").replace(/:\d+$/, "");
	return isFromThisMachine(c.env.incoming) && LOCAL_NAMES.has(name) && isOwnOrFollowed(c.req);
}

/** The connection comes from loopback and was not forwarded for somebody else. */
export function isFromThisMachine(request: {
	socket: { remoteAddress?: string | undefined };
	headers: IncomingHttpHeaders;
}): boolean {
	const isForwarded = FORWARDED.some((header) => request.headers[header] !== undefined);
	return LOOPBACK.has(request.socket.remoteAddress ?? "") && !isForwarded;
}

/** By what browsers say of a request (Fetch Metadata Request Headers); other programs say nothing. */
function isOwnOrFollowed(request: HonoRequest): boolean {
	const site = request.header("sec-fetch-site") ?? "none";
	if (site === "same-origin" || site === "none") return true;
	const isFollowed = request.method === "GET" && request.header("sec-fetch-dest") === "document";
	return isFollowed && !request.path.includes("/api/");
}
