export type AppTab = "home" | "messages" | "about";

/** Where the page is: who looks, and at what. It is kept in the address after `#`. */
export interface Route {
	user: string;
	place:
		| { kind: "conversation"; channel: string; thread: string | null }
		| { kind: "app"; tab: AppTab; thread: string | null }
		| { kind: "refused" }
		| { kind: "start" };
}

const DEFAULT_USER = "mia";

export function parseRoute(hash: string): Route {
	const [user, first, second, third] = hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
	return { user: user || DEFAULT_USER, place: parsePlace(first, second, third) };
}

function parsePlace(
	first: string | undefined,
	second: string | undefined,
	third: string | undefined,
): Route["place"] {
	if (first === undefined || first === "") return { kind: "start" };
	if (first === "refused") return { kind: "refused" };
	if (first === "app") {
		return {
			kind: "app",
			tab: second === "messages" || second === "about" ? second : "home",
			thread: third ?? null,
		};
	}
	return { kind: "conversation", channel: first, thread: second || null };
}

export function formatRoute({ user, place }: Route): string {
	const parts = (() => {
		switch (place.kind) {
			case "start":
				return [];
			case "refused":
				return ["refused"];
			case "app":
				return ["app", place.tab, ...(place.thread ? [place.thread] : [])];
			case "conversation":
				return [place.channel, ...(place.thread ? [place.thread] : [])];
			default:
				return place satisfies never;
		}
	})();
	return `#/${[user, ...parts].map(encodeURIComponent).join("/")}`;
}

/** The `#…` for a permalink such as `/playground/slack/archives/C01/p1700000000000100?thread_ts=…`; null for any other path. */
export function fromPermalink(path: string, query: string): string | null {
	const found = /\/archives\/([^/]+)(?:\/p(\d{10})(\d{6}))?\/?$/.exec(path);
	if (found === null) return null;
	const [, channel = "", seconds, micros] = found;
	const thread = new URLSearchParams(query).get("thread_ts") ?? (seconds ? `${seconds}.${micros}` : null);
	return formatRoute({ user: DEFAULT_USER, place: { kind: "conversation", channel, thread } });
}
