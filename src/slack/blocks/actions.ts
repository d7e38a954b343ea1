import { z } from "zod";

/** The names of what can be clicked, and what a click carries. */
export const STOP_SESSION = "stop_session";
/** In a private list of sessions. */
export const STOP_LISTED = "stop_listed_session";
export const CANCEL_PROMPT = "cancel_prompt";
export const RETRY_PROMPT = "retry_prompt";
/** `pick_attempt_1` and so on. */
export const PICK_ATTEMPT = "pick_attempt";
export const STOP_ATTEMPTS = "stop_attempts";
export const CONTINUE_BUDGET = "continue_budget";
export const PICK_REPOSITORY = "pick_repository";
/** Quick buttons beside the select: `pick_repository_quick_0` and so on. */
export const PICK_REPOSITORY_QUICK = /^pick_repository_quick_\d$/;
export const OPEN_CHANNEL = "open_channel";
export const WRONG_REPOSITORY = "wrong_repository";
export const MOVE_SESSION = "move_session";
export const OPEN_PULL_REQUEST = "open_pull_request";
export const CONNECT_GITHUB = "connect_github";
export const DISCONNECT_GITHUB = "disconnect_github";
export const OFFERED_REPLIES = "offered_replies";
export const CHOOSE_DRAFT = "choose_draft";
export const CHOOSE_WORKSPACE_RULES = "choose_workspace_rules";

/** One button for each option: `answer_question_0` and so on. */
export const ANSWER_QUESTION = /^answer_question_\d+$/;
export const ANSWER_OTHERWISE = "answer_otherwise";
export const ANSWER_VIEW = "answer_question";

/** The modals, and what can be chosen in them. */
export const NEW_SESSION_VIEW = "new_session";
export const ADD_TO_SESSION_VIEW = "add_to_session";
export const SETTINGS_VIEW = "settings";
/** Those whose submissions begin or change work. */
export const BEGINNING_VIEWS = new Set([NEW_SESSION_VIEW, ADD_TO_SESSION_VIEW, ANSWER_VIEW]);
export const WISH_TEXT = "wish_text";
export const WISH_REPOSITORY = "wish_repository";
/** Told while somebody types or chooses, for nothing but to be ready sooner. */
export const TYPING = new Set([WISH_TEXT, WISH_REPOSITORY]);
export const NEW_SESSION_SHORTCUT = "new_session";
export const FIX_THIS_SHORTCUT = "fix_this";
export const ADD_TO_SESSION_SHORTCUT = "add_to_session";

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

/** In the home. What it shows is chosen by `home_tab_stats`, `home_days_30`, `home_page_2`. */
export const CHOOSE_HOME = /^home_(tab|days|page)_(\w+)$/;
export const OPEN_THREAD = "open_thread";
export const CHOOSE_MODEL = "choose_model";
export const CHOOSE_VERBOSITY = "choose_verbosity";
export const CHOOSE_NOTIFY = "choose_notify";
export const FORGET_CORRECTION = "forget_correction";
