/** Lets so many pieces of work in at once; the others wait in the order in which they came. */
export function createTurnstile(most: number) {
	const waiting: (() => void)[] = [];
	let inside = 0;
	return async function enter<Value>(work: () => Promise<Value>): Promise<Value> {
		if (inside < most) inside++;
		else await new Promise<void>((resolve) => waiting.push(resolve));
		try {
			return await work();
		} finally {
			const next = waiting.shift();
			// The place goes from hand to hand: whoever comes in between must wait too.
			if (next === undefined) inside--;
			else next();
		}
	};
}
