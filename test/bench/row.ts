/** One line of the benchmark: what was measured, as samples in one unit. */
export interface Row {
	name: string;
	unit: "ms" | "ratio" | "count";
	samples: number[];
	/** The number we hold ourselves to, where there is one. */
	target: number | null;
	/** Judged by this; a row that is a p99 by nature says so in its name and has one sample a run. */
	note?: string;
}

export function quantile(samples: number[], share: number): number {
	const sorted = [...samples].sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** A line for people, or with `json` one for programs: `{name, unit, median, p95, n, target}`. */
export function formatRow(row: Row, json: boolean): string {
	const median = round(quantile(row.samples, 0.5));
	const p95 = round(quantile(row.samples, 0.95));
	const n = row.samples.length;
	if (json) return JSON.stringify({ name: row.name, unit: row.unit, median, p95, n, target: row.target });
	const verdict =
		row.target === null ? "" : median <= row.target ? `≤ ${row.target} ok` : `> ${row.target} MISSED`;
	const figures = `${String(median).padStart(9)} ${row.unit.padEnd(5)} p95 ${String(p95).padStart(9)}  n=${n}`;
	return `${row.name.padEnd(64)} ${figures}  ${verdict}${row.note ? `  (${row.note})` : ""}`;
}

function round(value: number): number {
	return Math.round(value * 100) / 100;
}
