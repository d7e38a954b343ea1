import { useState } from "react";
import { type Draft, useDesk } from "../state/desk.ts";

const EMPTY: Draft = { text: "", files: [] };

/** What is being written in a conversation; it survives looking at another one. */
export function useDraft(key: string): { draft: Draft; change: (part: Partial<Draft>) => void } {
	const { drafts } = useDesk();
	const [, redraw] = useState(0);
	return {
		draft: drafts.get(key) ?? EMPTY,
		change(part) {
			drafts.set(key, { ...(drafts.get(key) ?? EMPTY), ...part });
			redraw((count) => count + 1);
		},
	};
}
