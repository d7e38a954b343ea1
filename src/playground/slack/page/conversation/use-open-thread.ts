import { useCallback } from "react";
import { useDesk } from "../state/desk.ts";

/** Opens a thread beside what is shown. */
export function useOpenThread(): (channel: string, thread: string | null) => void {
	const { route, go } = useDesk();
	const { place } = route;
	return useCallback(
		(channel, thread) => {
			if (place.kind === "app") go({ kind: "app", tab: "messages", thread });
			else go({ kind: "conversation", channel, thread });
		},
		[place.kind, go],
	);
}
