import { useCallback, useSyncExternalStore } from "react";
import { formatRoute, parseRoute, type Route } from "./route.ts";

function subscribe(listener: () => void): () => void {
	addEventListener("hashchange", listener);
	return () => removeEventListener("hashchange", listener);
}

/** Where the page is, and how to go elsewhere. */
export function useRoute(): [route: Route, go: (route: Route) => void] {
	const hash = useSyncExternalStore(subscribe, () => location.hash);
	const go = useCallback((route: Route) => {
		location.hash = formatRoute(route);
	}, []);
	return [parseRoute(hash), go];
}
