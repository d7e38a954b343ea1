import type { AttemptsChange } from "../../sessions/sessions.ts";
import { findModel } from "../commands/find-model.ts";

const MOST = 5;
const TIMES = /^x\s?([1-9]|1\d|20)[\s:,]+(\S[\s\S]*)$/i;
const BY_MODEL = /^x\s+([^:\n]{1,200}):\s*(\S[\s\S]*)$/i;

/** What a request says of several attempts. */
export interface AskedAttempts {
	/** So many as are made. */
	count: number;
	/** So many as were asked for. */
	asked: number;
	/** One for each; empty: the usual one for all. */
	models: string[];
	/** The request without it. */
	text: string;
}

/** Pure. `x3 fix it`, or `x opus, sonnet: fix it`. Null: it says nothing of attempts. */
export function parseAttempts(text: string, models: readonly string[]): AskedAttempts | null {
	const times = TIMES.exec(text.trim());
	if (times) {
		const asked = Number(times[1]);
		return { count: Math.min(MOST, asked), asked, models: [], text: times[2] ?? "" };
	}
	const named = BY_MODEL.exec(text.trim());
	if (!named) return null;
	const names = (named[1] ?? "").split(/\s*(?:,|\band\b)\s*/i).filter(Boolean);
	const found = names.map((name) => findModel(models, name)).filter((model) => model !== null);
	if (found.length !== names.length || found.length === 0) return null;
	const asked = found.length;
	return { count: Math.min(MOST, asked), asked, models: found.slice(0, MOST), text: named[2] ?? "" };
}

/** Pure. What a new session is begun with. */
export function toAttemptsStart({ count, models }: AskedAttempts) {
	return { ...(count > 1 ? { attempts: { count, models } } : {}), model: models[0] ?? null };
}

/**
 * Pure. What whoever asked is told where it did not go as they said; mrkdwn. Null: it did. `isFirst`: a session began with
 * it.
 */
export function attemptsNote({ asked, count }: AskedAttempts, isFirst: boolean): string | null {
	if (!isFirst && count > 1)
		return "Several attempts begin only with a new request, so I took this as one more prompt. To have it tried more than once, mention me outside of this thread.";
	if (isFirst && asked > MOST)
		return `I make at most ${MOST} attempts at once, so ${MOST} begin, not ${asked}.`;
	return null;
}

/** Pure. The same of a request whose words were changed. */
export function editedAttemptsNote(
	asked: AskedAttempts | null,
	change: AttemptsChange & { outcome: "changed" | "began" | "over" | "same" },
): string | null {
	if (change.attempts === "too_late")
		return "It is too late to change how many attempts there are: it has begun. Stop it and ask anew to have it otherwise.";
	if (change.othersBegan && (change.outcome === "changed" || change.outcome === "began"))
		return "The other attempts go on with what you asked at first.";
	return change.attempts === "changed" && asked !== null ? attemptsNote(asked, true) : null;
}
