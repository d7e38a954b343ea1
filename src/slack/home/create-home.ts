import type { Log } from "../../log.ts";
import type { RateBudgets } from "../web-api/rate-budget.ts";
import { createHomeStore } from "./home-store.ts";
import { frameView } from "./home-view.ts";
import { createHomes, type Homes } from "./homes.ts";
import { createReadHome, type ReadHomeDeps } from "./read-home.ts";

/** Everybody's App Home with its three tabs. */
export function createHome(deps: ReadHomeDeps & { budgets: RateBudgets; log: Log }): Homes {
	return createHomes({
		workspaces: deps.workspaces,
		budgets: deps.budgets,
		store: createHomeStore(deps.db),
		read: createReadHome(deps),
		frame: ({ state }) => frameView(state),
		log: deps.log,
		now: deps.now,
	});
}
