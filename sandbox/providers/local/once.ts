/** What was found out is known from then on; what failed is tried again. */
export function once<A extends unknown[], T>(act: (...args: A) => Promise<T>): (...args: A) => Promise<T> {
	let known: Promise<T> | null = null;
	return (...args) =>
		(known ??= act(...args).catch((error) => {
			known = null;
			throw error;
		}));
}
