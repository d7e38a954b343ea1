import { findModel } from "../commands/find-model.ts";

const MOST = 5;
const TIMES = /^x\s?([2-9])[\s:,]+(\S[\s\S]*)$/i;
const BY_MODEL = /^x\s+([^:\n]{1,200}):\s*(\S[\s\S]*)$/i;

/** Pure. What a request says of several attempts: `x3 fix it`, or `x opus, sonnet: fix it`. Null: nothing. */
export function parseAttempts(
	text: string,
	models: readonly string[],
): { count: number; models: string[]; text: string } | null {
	const times = TIMES.exec(text.trim());
	if (times) return { count: Math.min(MOST, Number(times[1])), models: [], text: times[2] ?? "" };
	const named = BY_MODEL.exec(text.trim());
	if (!named) return null;
	const names = (named[1] ?? "").split(/\s*(?:,|\band\b)\s*/i).filter(Boolean);
	const found = names.map((name) => findModel(models, name)).filter((model) => model !== null);
	if (found.length !== names.length || found.length < 2) return null;
	return { count: Math.min(MOST, found.length), models: found.slice(0, MOST), text: named[2] ?? "" };
}
