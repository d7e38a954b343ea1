/** Waits for both. When the first fails, what the second still brings is given to `discard`. */
export async function beside<Value>(
	first: Promise<unknown>,
	second: Promise<Value>,
	discard: (value: Value) => Promise<void>,
): Promise<Value> {
	try {
		const [, value] = await Promise.all([first, second]);
		return value;
	} catch (error) {
		second.then(discard).catch(() => {});
		throw error;
	}
}
