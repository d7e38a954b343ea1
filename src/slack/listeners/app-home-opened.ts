import type { App } from "@slack/bolt";
import type { Accounts } from "../accounts.ts";
import { accountBlocks } from "../blocks/connect-github.ts";
import { draftWishBlocks } from "../blocks/draft-wish.ts";
import { homeView } from "../blocks/home-view.ts";
import { workspaceRuleBlocks } from "../blocks/workspace-rules.ts";
import { toCallFailure } from "../call-failure.ts";
import { ourTeamId } from "../intake.ts";
import type { ListenerDeps } from "./deps.ts";
import { foresee } from "./foresee.ts";

/** The home and the conversation with the app alike: whoever opens one may be about to ask for something. */
export function listenToAppHomeOpened(app: App, deps: ListenerDeps): void {
	app.event("app_home_opened", async ({ event, body }) => {
		let known: string | null = null;
		await foresee(deps, { body, userId: event.user }, (personId) => {
			known = personId;
			deps.foresight.visited({ personId });
		});
		if (event.tab === "home")
			await drawHome(deps, { teamId: ourTeamId(body), userId: event.user, personId: known });
	});
}

/** `personId` null: they may not use Bobbin. */
export async function drawHome(
	deps: ListenerDeps,
	{ teamId, userId, personId }: { teamId: string; userId: string; personId: string | null },
): Promise<void> {
	const { accounts, draftWishes, workspaces, log } = deps;
	const { botUserId, clients } = await workspaces.of(teamId);
	const account = personId === null || accounts === undefined ? [] : await readAccount(accounts, personId);
	const wish = personId === null ? [] : draftWishBlocks(await draftWishes.read(personId));
	const isAdmin = personId !== null && (await deps.isAdmin({ personId, teamId }));
	const rules = isAdmin ? workspaceRuleBlocks(await deps.workspaceRules(teamId)) : [];
	await clients.deliver.views
		.publish({ user_id: userId, view: homeView(botUserId, [...account, ...wish, ...rules]) })
		.catch((error: unknown) => log.info({ error: toCallFailure(error).error }, "the home was not drawn"));
}

async function readAccount(accounts: Accounts, personId: string) {
	const { state, login } = await accounts.stateOf(personId);
	if (state === "live") return accountBlocks({ state, login: login ?? "" });
	const { url } = await accounts.invite(personId);
	return accountBlocks({ state, url });
}
