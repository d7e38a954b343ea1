import type { Chart } from "./chart.ts";

const WIDTH = 720;
const HEIGHT = 260;
const PLOT = { left: 52, right: 700, top: 46, bottom: 220 };
const INK = "#1d1c1d";
const QUIET = "#616061";
const LINE = "#e3e3e6";
const SESSIONS = "#c7d2e6";
const MERGED = "#2f6f4f";
const MOST_LABELS = 7;
const DAY_MS = 86_400_000;

/** Pure. Bars of sessions with the merged pull requests in front of them, as SVG with a background of its own. */
export function chartSvg({ from, stepDays, sessions, merged }: Chart): string {
	const top = roundUp(Math.max(1, ...sessions, ...merged));
	const slot = (PLOT.right - PLOT.left) / sessions.length;
	const yOf = (count: number) => PLOT.bottom - (count / top) * (PLOT.bottom - PLOT.top);
	const bar = (index: number, count: number, share: number, colour: string) => {
		if (count === 0) return "";
		const width = Math.max(1, slot * share);
		const x = PLOT.left + slot * index + (slot - width) / 2;
		const y = yOf(count);
		return `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(PLOT.bottom - y)}" rx="${round(Math.min(2, width / 4))}" fill="${colour}"/>`;
	};
	const lines = [0, top / 2, top].map((count) => {
		const y = round(yOf(count));
		return `<line x1="${PLOT.left}" x2="${PLOT.right}" y1="${y}" y2="${y}" stroke="${LINE}"/>${text(PLOT.left - 8, y + 5, "end", String(count), QUIET)}`;
	});
	const every = Math.ceil(sessions.length / MOST_LABELS);
	// Counted from the newest, so that this one has its day.
	const days = sessions.map((_, index) =>
		(sessions.length - 1 - index) % every === 0
			? text(
					PLOT.left + slot * (index + 0.5),
					PLOT.bottom + 26,
					"middle",
					dayWords(from, index * stepDays),
					QUIET,
				)
			: "",
	);
	const legend = [
		`<rect x="${PLOT.left}" y="14" width="12" height="12" rx="2" fill="${SESSIONS}"/>`,
		text(PLOT.left + 20, 26, "start", `Sessions by ${stepDays === 1 ? "day" : "week"}`, INK),
		`<rect x="${PLOT.left + 180}" y="14" width="12" height="12" rx="2" fill="${MERGED}"/>`,
		text(PLOT.left + 200, 26, "start", "Merged pull requests", INK),
	];
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}">`,
		`<rect width="${WIDTH}" height="${HEIGHT}" rx="8" fill="#ffffff"/>`,
		...legend,
		...lines,
		...sessions.map((count, index) => bar(index, count, 0.72, SESSIONS)),
		...merged.map((count, index) => bar(index, count, 0.4, MERGED)),
		...days,
		"</svg>",
	].join("");
}

function text(x: number, y: number, anchor: string, words: string, colour: string): string {
	return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" font-family="Lato" font-size="16" fill="${colour}">${words}</text>`;
}

/** Pure. An even number that is good to read: 2, 4, 6, 10, 20, 30. */
function roundUp(most: number): number {
	const unit = 10 ** Math.max(0, Math.ceil(Math.log10(most)) - 1);
	const even = unit === 1 ? [2, 4, 6, 8, 10] : [1, 2, 3, 4, 6, 8, 10];
	return (even.find((step) => most <= step * unit) ?? 10) * unit;
}

function dayWords(from: string, plusDays: number): string {
	return new Date(Date.parse(from) + plusDays * DAY_MS).toLocaleDateString("en-GB", {
		day: "numeric",
		month: "short",
		timeZone: "UTC",
	});
}

function round(value: number): number {
	return Math.round(value * 100) / 100;
}
