import { useCallback } from "react";
import { CallError } from "./client.ts";
import { useDesk } from "./desk.ts";
import { explain } from "./explain.ts";

/** Does something that may be refused; a refusal is said. Gives whether it worked. */
export function useAttempt(): (act: () => Promise<unknown>) => Promise<boolean> {
	const { say } = useDesk();
	return useCallback(
		async (act) => {
			try {
				await act();
				return true;
			} catch (error) {
				if (!(error instanceof CallError)) throw error;
				say(explain(error));
				return false;
			}
		},
		[say],
	);
}
