import { type ReplyMode, type Verbosity, verbosity } from "../../contract/settings.ts";
import { isMixedUp, stepsBetween } from "./steps-between.ts";

/** What people say in a thread to steer it: Slack has no commands there. */
export type Word =
	| { word: "stop" }
	| { word: "status" | "queue" | "retry" | "channel" | "help" }
	/** `place` null: none was named. */
	| { word: "cancel"; place: number | null }
	/** `name` as it was written, null: none was. */
	| { word: "model"; name: string | null }
	| { word: "verbosity"; verbosity: Verbosity }
	| { word: "replies"; mode: ReplyMode };

export const LONE = new Set(["stop", "status", "queue", "retry", "channel", "help"] as const);
/** Which replies are prompts. */
export const REPLIES: Record<string, ReplyMode | undefined> = {
	"only when mentioned": "addressed",
	"every reply": "every",
	judge: "judged",
};
const CANCEL = /^cancel(?: #?(\d{1,3}))?$/;
const MODEL = /^model(?: ([a-z][\w.:/-]*))?$/;

const STEERING = [...LONE, ...verbosity.options, "cancel"];

/**
 * Pure. The word that a message of one word nearly is; null: none. Of four letters only their order may be wrong: too many
 * other words are near ("shop").
 */
export function findNearWord(text: string): string | null {
	const word = text.trim().toLowerCase();
	const isNear = (known: string) =>
		known.length > 4 ? stepsBetween(word, known) === 1 : isMixedUp(word, known);
	return STEERING.find(isNear) ?? null;
}

/**
 * Pure. The word that a message consists of; null: it says something else. Only a message that is nothing but a word (and
 * "please") is one, so that "stop using semicolons" and "retry the flaky test" stay prompts.
 */
export function parseWord(text: string): Word | null {
	if (text.length > 100 || text.includes("\n")) return null;
	const words = text
		.trim()
		.toLowerCase()
		.replace(/\s*[.!?]+$/, "")
		.replace(/\s+/g, " ")
		.replace(/^please |,? please$/, "");
	for (const word of LONE) if (words === word) return { word };
	const shown = verbosity.safeParse(words);
	if (shown.success) return { word: "verbosity", verbosity: shown.data };
	const mode = Object.hasOwn(REPLIES, words) ? REPLIES[words] : undefined;
	if (mode !== undefined) return { word: "replies", mode };
	const cancel = CANCEL.exec(words);
	if (cancel !== null) return { word: "cancel", place: cancel[1] === undefined ? null : Number(cancel[1]) };
	const model = MODEL.exec(words);
	if (model !== null) return { word: "model", name: model[1] ?? null };
	return null;
}
