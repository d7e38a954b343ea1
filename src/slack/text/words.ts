import type { CostEstimate, Startup } from "../../db/schema/prompts.ts";

/** "8 s", "2 min 10 s", "1 h 5 min". */
export function durationWords(durationMs: number): string {
	const seconds = Math.max(0, Math.round(durationMs / 1000));
	if (seconds < 60) return `${seconds} s`;
	const minutes = Math.floor(seconds / 60);
	if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
	return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** "since 14:32", in the reader's own time zone; `atMs` since 1970. */
export function sinceWords(atMs: number): string {
	const time = new Date(atMs).toISOString().slice(11, 16);
	return `since <!date^${Math.floor(atMs / 1000)}^{time}|${time} UTC>`;
}

/** "$0.12"; "under $0.01" for less than a cent; empty for nothing. */
export function costWords(costUsd: number): string {
	if (costUsd <= 0) return "";
	return costUsd < 0.01 ? "under $0.01" : `$${costUsd.toFixed(2)}`;
}

/** "$5", "$2.50": exact sums, such as caps. */
export function moneyWords(usd: number): string {
	if (usd > 0 && usd < 0.005) return "under $0.01";
	return Number.isInteger(usd) ? `$${usd}` : `$${usd.toFixed(2)}`;
}

/** "usually $0.20–0.60 for this kind"; empty where that says nothing. */
export function estimateWords({ medianUsd, p90Usd }: CostEstimate): string {
	const [from, to] = [medianUsd, p90Usd].map((usd) => Math.max(usd, 0.01).toFixed(2));
	return `usually $${from}${from === to ? "" : `–${to}`} for this kind`;
}

/** "next", "2nd", "3rd", "11th". */
export function placeWords(position: number): string {
	if (position <= 1) return "next";
	const lastTwo = position % 100;
	const ending = lastTwo >= 11 && lastTwo <= 13 ? "th" : (["th", "st", "nd", "rd"][position % 10] ?? "th");
	return `${position}${ending}`;
}

const SANDBOX_WORDS: Record<Startup["sandbox"], string> = {
	running: "Running sandbox",
	stopped: "Woken sandbox",
	warm: "Warm sandbox",
	restored: "Restored sandbox",
	image: "New sandbox from image",
	empty: "New sandbox",
};

/** "Warm sandbox · 0.3 s to the model": from where a turn began, without the time it stood in line. */
export function startupWords({ sandbox, totalMs, steps }: Startup): string {
	const queuedMs = steps.find(({ step }) => step === "queue")?.durationMs ?? 0;
	const seconds = Math.max(0, totalMs - queuedMs) / 1000;
	const words = seconds < 10 ? `${seconds.toFixed(1)} s` : durationWords(seconds * 1000);
	return `${SANDBOX_WORDS[sandbox]} · ${words} to the model`;
}
