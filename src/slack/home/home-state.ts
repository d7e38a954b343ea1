import { z } from "zod";

export const TABS = ["stats", "sessions", "settings"] as const;
export const PERIODS_DAYS = [7, 30, 90] as const;

const homeState = z.object({
	tab: z.enum(TABS),
	/** Of the figures. */
	days: z.union([z.literal(7), z.literal(30), z.literal(90)]),
	/** Of the list of sessions, from 0. */
	page: z.number().int().min(0).max(10_000),
});

export type HomeState = z.infer<typeof homeState>;
export type HomeTab = HomeState["tab"];

export const FIRST_STATE: HomeState = { tab: "stats", days: 30, page: 0 };

/** What a view's `private_metadata` or a row says; of another release, or none: the first state. */
export function readHomeState(from: unknown): HomeState {
	return homeState.safeParse(typeof from === "string" ? parse(from) : from).data ?? FIRST_STATE;
}

function parse(json: string): unknown {
	try {
		return JSON.parse(json);
	} catch (error) {
		if (error instanceof SyntaxError) return null;
		throw error;
	}
}
