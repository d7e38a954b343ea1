import { z } from "zod";
import { Refused } from "../refused.ts";

/** Arguments arrive as JSON or as form fields, where everything is a string; these accept both. */

export const word = z.preprocess(
	(value) => (typeof value === "number" || typeof value === "boolean" ? String(value) : value),
	z.string(),
);

export const needed = z.preprocess(
	(value) => (typeof value === "number" ? String(value) : value),
	z.string().min(1, "must not be empty"),
);

export const flag = z.preprocess((value) => {
	if (value === "true" || value === "1" || value === 1) return true;
	if (value === "false" || value === "0" || value === 0 || value === "") return false;
	return value;
}, z.boolean());

export function whole(min: number, max: number) {
	return z.preprocess(
		(value) => (typeof value === "string" && /^-?\d+$/.test(value) ? Number(value) : value),
		z.number().int().min(min).max(max),
	);
}

/** A structure: as it is in a JSON body, as JSON text in a form field. Text that is no JSON stays text. */
export const structure = z.preprocess((value) => {
	if (typeof value !== "string") return value;
	try {
		return JSON.parse(value) as unknown;
	} catch {
		return value;
	}
}, z.unknown());

export const page = { cursor: word.optional(), limit: whole(0, 1000).optional() };

const TS = /^\d{1,10}\.\d{6}$/;

/** @throws Refused with the given error unless it looks like a message timestamp */
export function requireTs(ts: string, error: string): string {
	if (!TS.test(ts)) throw new Refused(error);
	return ts;
}

/** Cuts one page out of a list; the cursor is opaque to the client. */
export function paginate<T>(
	items: T[],
	options: { cursor?: string | undefined; limit?: number | undefined },
	defaultLimit: number,
): { items: T[]; has_more: boolean; response_metadata: { next_cursor: string } } {
	const start = options.cursor ? readCursor(options.cursor) : 0;
	const end = start + (options.limit || defaultLimit);
	return {
		items: items.slice(start, end),
		has_more: end < items.length,
		response_metadata: {
			next_cursor: end < items.length ? Buffer.from(`next:${end}`).toString("base64") : "",
		},
	};
}

function readCursor(cursor: string): number {
	const start = /^next:(\d+)$/.exec(Buffer.from(cursor, "base64").toString())?.[1];
	if (start === undefined) throw new Refused("invalid_cursor");
	return Number(start);
}
