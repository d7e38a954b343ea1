import { createContext, useContext, useSyncExternalStore } from "react";
import type { Client } from "./client.ts";
import type { LiveStore } from "./live-store.ts";
import type { Route } from "./route.ts";
import type { Conversation, LiveState, Person, Workspace } from "./types.ts";

/** What is being written and not sent yet. */
export interface Draft {
	text: string;
	files: File[];
}

/** What every part of the page needs: who is here, what they see, and how to do something about it. */
export interface Desk {
	client: Client;
	store: LiveStore;
	workspace: Workspace;
	people: Map<string, Person>;
	channels: Map<string, Conversation>;
	/** By `placeKey`. */
	drafts: Map<string, Draft>;
	route: Route;
	go: (place: Route["place"]) => void;
	/** Shows a sentence for a few seconds. */
	say: (words: string) => void;
}

export const DeskContext = createContext<Desk | null>(null);

export function useDesk(): Desk {
	const desk = useContext(DeskContext);
	if (desk === null) throw new Error("there is no desk around this component");
	return desk;
}

/** One part of the live state; the component is drawn anew when that part changes. */
export function useLive<T>(store: LiveStore, select: (state: LiveState) => T): T {
	return useSyncExternalStore(store.subscribe, () => select(store.getState()));
}
