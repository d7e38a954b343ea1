import type { MiddlewareHandler } from "hono";
import { Refusal } from "../refusal.ts";

// No script anywhere, so none may run, whatever a title or a file says.
const POLICY =
	"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/** Keeps pages free of script, and their forms to themselves: another site's form must not merge for its visitor. */
export function guardPages(ownOrigin: string): MiddlewareHandler {
	return async (c, next) => {
		const origin = c.req.header("origin");
		if (c.req.method === "POST" && origin !== undefined && origin !== ownOrigin) {
			throw new Refusal(403, "This form came from another site");
		}
		c.header("content-security-policy", POLICY);
		c.header("x-content-type-options", "nosniff");
		await next();
	};
}
