import type { HttpBindings } from "@hono/node-server";
import type { MiddlewareHandler } from "hono";

const LOOPBACK = new Set(["127.0.0.1", "::1", "::ffff:127.0.0.1"]);
const LOCAL_NAMES = new Set(["127.0.0.1", "localhost", "[::1]"]);

/**
 * Lets only this machine through: the connection comes from loopback, was not forwarded for somebody else, and asks
 * for a local name, so that a web page elsewhere cannot point its own name at us.
 */
export const loopbackOnly: MiddlewareHandler<{ Bindings: HttpBindings }> = (c, next) => {
	const from = c.env.incoming.socket.remoteAddress ?? "";
	const name = (c.req.header("host") ?? "").replace(/:\d+$/, "");
	if (LOOPBACK.has(from) && LOCAL_NAMES.has(name) && c.req.header("x-forwarded-for") === undefined)
		return next();
	const message = "The playground answers on this machine only.";
	return Promise.resolve(c.json({ error: { code: "loopback_only", message, retryable: false } }, 403));
};
