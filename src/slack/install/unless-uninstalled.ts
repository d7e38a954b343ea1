import type { Log } from "../../log.ts";
import { isUnknownWorkspace } from "./lifecycle.ts";

/** Where the app was uninstalled nobody is left to be told: what was to be said ends quietly, with `otherwise`. */
export type UnlessUninstalled = <T>(act: () => Promise<T>, otherwise: T) => Promise<T>;

export function createUnlessUninstalled(log: Log): UnlessUninstalled {
	return async (act, otherwise) => {
		try {
			return await act();
		} catch (error) {
			if (!isUnknownWorkspace(error)) throw error;
			log.info("left out: the app is not installed there any more");
			return otherwise;
		}
	};
}
