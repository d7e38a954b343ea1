import type { HomeView } from "@slack/types";
import type { Chart } from "../../charts/chart.ts";
import { AppError } from "../../errors.ts";
import type { Access } from "../../people/access.ts";
import { listOwnSessions } from "../../sessions/own-session-store.ts";
import type { Corrections } from "../../sessions/routing/corrections.ts";
import { readPersonSettings } from "../../settings/settings-store.ts";
import type { Accounts } from "../accounts.ts";
import type { ListenerDeps } from "../listeners/deps.ts";
import type { HomeRow } from "./home-store.ts";
import { closedView, homeView } from "./home-view.ts";
import { readFigures } from "./read-figures.ts";
import { readWaiting } from "./read-waiting.ts";
import { PAGE_SIZE, sessionsTab } from "./sessions-tab.ts";
import { type HomeSettings, settingsTab } from "./settings-tab.ts";
import { statsTab } from "./stats-tab.ts";

/** What homes need beside what listeners have. */
export interface HomeParts {
	allowed: Access["allowed"];
	/** The address of a picture; null: Slack does not reach us. */
	pictureUrlOf: ((chart: Chart) => string) | null;
	corrections: Corrections;
}

export type ReadHomeDeps = Pick<
	ListenerDeps,
	| "db"
	| "sessions"
	| "workspaces"
	| "models"
	| "draftWishes"
	| "accounts"
	| "budget"
	| "isAdmin"
	| "workspaceRules"
	| "now"
> & {
	parts: HomeParts | null;
	/** Whether several workspaces use Bobbin. */
	isShared: () => Promise<boolean>;
};

/** What a person's home is to show now. */
export function createReadHome(deps: ReadHomeDeps) {
	const allowed: Access["allowed"] = deps.parts?.allowed ?? (async () => new Set());
	return async (row: HomeRow, { withPicture }: { withPicture: boolean }): Promise<HomeView> => {
		const { teamId, personId, state } = row;
		const { botUserId, url } = await deps.workspaces.of(teamId);
		if (personId === null) return closedView(state, botUserId);
		switch (state.tab) {
			case "stats": {
				const figures = await readFigures(
					{ db: deps.db, allowed },
					{ teamId, personId, days: state.days, nowMs: deps.now() },
				);
				const pictureUrlOf = withPicture ? (deps.parts?.pictureUrlOf ?? null) : null;
				return homeView(state, statsTab(figures, { botUserId, pictureUrlOf }));
			}
			case "sessions": {
				const { page } = state;
				const wish = { teamId, personId, limit: PAGE_SIZE, offset: page * PAGE_SIZE };
				const own = await listOwnSessions(deps.db, wish);
				const waiting = await readWaiting(
					{ ...deps, invite: deps.accounts?.invite ?? null },
					{ personId, sessions: own.sessions },
				);
				return homeView(state, sessionsTab(own, { page, workspaceUrl: url, waiting }));
			}
			case "settings":
				return homeView(state, settingsTab(await readSettings(deps, { teamId, personId })));
			default:
				return state.tab satisfies never;
		}
	};
}

async function readSettings(
	deps: ReadHomeDeps,
	{ teamId, personId }: { teamId: string; personId: string },
): Promise<HomeSettings> {
	const [person, draft, account, corrections, caps, isAdmin] = await Promise.all([
		readPersonSettings(deps.db, personId),
		deps.draftWishes.read(personId),
		deps.accounts === undefined ? null : readAccount(deps.accounts, personId),
		readLearned(deps, { teamId, personId }),
		deps.budget?.readCaps([{ scope: "person", subject: personId }]),
		deps.isAdmin({ personId, teamId }),
	]);
	const rules = isAdmin ? await readRules(deps, teamId) : null;
	return { person, models: deps.models, draft, account, corrections, budget: caps?.[0] ?? null, rules };
}

async function readRules(deps: ReadHomeDeps, teamId: string): Promise<HomeSettings["rules"]> {
	const [rules, isShared] = await Promise.all([deps.workspaceRules(teamId), deps.isShared()]);
	return { ...rules, isShared };
}

async function readLearned(
	{ parts }: ReadHomeDeps,
	{ teamId, personId }: { teamId: string; personId: string },
): Promise<HomeSettings["corrections"]> {
	if (parts === null) return [];
	try {
		return await parts.corrections.listCorrections({ teamId, viewerId: personId, personId });
	} catch (error) {
		if (error instanceof AppError && error.code === "access_unknown") return null;
		throw error;
	}
}

async function readAccount(accounts: Accounts, personId: string): Promise<HomeSettings["account"]> {
	const { state, login } = await accounts.stateOf(personId);
	if (state === "live") return { state, login: login ?? "" };
	const { url } = await accounts.invite(personId);
	return { state, url };
}
