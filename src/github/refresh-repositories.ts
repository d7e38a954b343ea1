import type { Log } from "../log.ts";

/** The list has a call for each repository, and what a sandbox does may ask for it. */
const PAUSE_MS = 10_000;

/**
 * Brings the list of repositories up to date because something was seen that it does not say: calls at the same time
 * share one look, and after a look there is a pause. Resolves when what can be known is known; never rejects.
 */
export function createRefreshRepositories(deps: {
	sync: () => Promise<unknown>;
	log: Log;
	now: () => number;
}): () => Promise<void> {
	let looking: Promise<void> | null = null;
	let lookedAtMs = Number.NEGATIVE_INFINITY;
	return () => {
		if (looking !== null) return looking;
		if (deps.now() - lookedAtMs < PAUSE_MS) return Promise.resolve();
		looking = deps
			.sync()
			.then(() => {
				lookedAtMs = deps.now();
			})
			.catch((err) => deps.log.warn({ err }, "the list of repositories cannot be read"))
			.finally(() => {
				looking = null;
			});
		return looking;
	};
}
