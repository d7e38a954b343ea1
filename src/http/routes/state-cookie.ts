import { createHash } from "node:crypto";
import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";

const COOKIE_SECONDS = 10 * 60;

/** Ties a way to a vendor and back to the browser in which it was begun, by its state. */
export interface StateCookie {
	set(c: Context, state: string, browserKey: string): void;
	get(c: Context, state: string): string | undefined;
}

export function createStateCookie(options: {
	prefix: string;
	/** What is below it gets the cookie. */
	path: string;
	isSecure: boolean;
}): StateCookie {
	/** One for each state, so that two ways at the same time do not spoil each other. */
	const nameOf = (state: string) =>
		`${options.prefix}_${createHash("sha256").update(state).digest("hex").slice(0, 8)}`;
	return {
		set(c, state, browserKey) {
			setCookie(c, nameOf(state), browserKey, {
				httpOnly: true,
				// Lax: the vendor sends the browser back from another site.
				sameSite: "Lax",
				secure: options.isSecure,
				path: options.path,
				maxAge: COOKIE_SECONDS,
			});
		},
		get: (c, state) => getCookie(c, nameOf(state)),
	};
}
