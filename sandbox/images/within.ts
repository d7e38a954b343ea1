/** What comes of an act of the caller's, or the signal's reason as soon as it fires: acts may not listen to it. */
export async function within<T>(signal: AbortSignal, act: Promise<T>): Promise<T> {
	// Nobody waits for it any more once the signal fired; how it ends then must not end the process.
	act.catch(() => {});
	signal.throwIfAborted();
	const { promise, reject } = Promise.withResolvers<never>();
	const give = () => reject(signal.reason);
	signal.addEventListener("abort", give, { once: true });
	try {
		return await Promise.race([act, promise]);
	} finally {
		signal.removeEventListener("abort", give);
	}
}
