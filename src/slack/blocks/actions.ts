import { z } from "zod";

/** The names of what can be clicked, and what a click carries. */
export const STOP_SESSION = "stop_session";
/** In a private list of sessions. */
export const STOP_LISTED = "stop_listed_session";
export const CANCEL_PROMPT = "cancel_prompt";
export const RETRY_PROMPT = "retry_prompt";
export const PICK_REPOSITORY = "pick_repository";
/** Quick buttons beside the select: `pick_repository_quick_0` and so on. */
export const PICK_REPOSITORY_QUICK = /^pick_repository_quick_\d$/;
export const OPEN_PULL_REQUEST = "open_pull_request";
export const CONNECT_GITHUB = "connect_github";
export const DISCONNECT_GITHUB = "disconnect_github";
export const CHOOSE_DRAFT = "choose_draft";
export const CHOOSE_WORKSPACE_RULES = "choose_workspace_rules";

/** The value that means "no repository is needed". */
export const NO_REPOSITORY = "none";

const id = z.uuid();
const ids = z.tuple([id, z.string()]);

/** A session and something of it, as a button's value or a block's id carries them. */
export function pairValue(sessionId: string, second: string): string {
	return `${sessionId} ${second}`;
}

/** Null if it is none of ours. */
export function readPair(value: unknown): { sessionId: string; second: string } | null {
	const parsed = typeof value === "string" ? ids.safeParse(value.split(" ")) : undefined;
	return parsed?.success ? { sessionId: parsed.data[0], second: parsed.data[1] } : null;
}

/** Null if it is none of ours. */
export function readId(value: unknown): string | null {
	return id.safeParse(value).data ?? null;
}
