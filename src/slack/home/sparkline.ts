const STEPS = "▁▂▃▄▅▆▇█";

/** Pure. Figures as a row of small bars; nothing at all stands as the lowest. */
export function sparkline(figures: readonly number[]): string {
	const most = Math.max(1, ...figures);
	return figures.map((figure) => STEPS[Math.round((figure / most) * (STEPS.length - 1))] ?? "").join("");
}
