import type { IncomingMessage } from "node:http";
import { isFromThisMachine } from "../loopback-only.ts";
import { readPreviewAddress } from "./preview-address.ts";

/**
 * Whether somebody at this machine asks, and not a web page elsewhere on their behalf: the preview itself, another port
 * of the same session, a followed link, or a program (Fetch Metadata Request Headers). The name must be under
 * `localhost`, which no other site can point at us.
 */
export function isOwnVisitor(request: Pick<IncomingMessage, "headers" | "socket" | "method">): boolean {
	const { headers } = request;
	const host = headers.host ?? "";
	if (!isFromThisMachine(request) || !/\.localhost(:\d+)?$/i.test(host)) return false;
	const site = headers["sec-fetch-site"] ?? "none";
	if (site === "same-origin" || site === "none") return isSameSession(headers.origin, host);
	if (headers.origin !== undefined) return isSameSession(headers.origin, host);
	return request.method === "GET" && headers["sec-fetch-dest"] === "document";
}

/** No origin: no page asks. */
function isSameSession(origin: string | undefined, host: string): boolean {
	if (origin === undefined) return true;
	const from = URL.canParse(origin) ? readPreviewAddress(new URL(origin).host) : null;
	return from !== null && from.session === readPreviewAddress(host)?.session;
}
