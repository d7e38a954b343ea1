const TRIES = 5;

/**
 * How long something takes on a machine that is free, in ms: it is measured again while it takes longer than `limitMs`,
 * because what else the machine did may be what was measured.
 */
export async function fastest(limitMs: number, measure: () => Promise<number>): Promise<number> {
	let bestMs = Number.POSITIVE_INFINITY;
	for (let tries = 0; tries < TRIES && bestMs >= limitMs; tries++) bestMs = Math.min(bestMs, await measure());
	return bestMs;
}
