import type { Tx } from "../db/client.ts";
import { DEFAULT_RULES, type WorkspaceRules } from "./decide-access.ts";
import { mayActAsApp } from "./several-workspaces-store.ts";

/** What a workspace allows; the defaults where nothing was set. */
export async function readWorkspaceRules(tx: Tx, teamId: string): Promise<WorkspaceRules> {
	const row = await tx
		.selectFrom("workspaces")
		.select([
			"allow_guests as allowGuests",
			"allow_externals as allowExternals",
			"allow_bots as allowBots",
			"allow_shared_channels as allowSharedChannels",
			"unlinked",
		])
		.where("team_id", "=", teamId)
		.executeTakeFirst();
	return row ?? DEFAULT_RULES;
}

/** Changes what is given and leaves the rest; `unlinked: "app"` counts only while there is one workspace. */
export async function saveWorkspaceRules(
	tx: Tx,
	teamId: string,
	change: Partial<WorkspaceRules>,
	at: Date,
): Promise<void> {
	const isShared = change.unlinked === "app" && !(await mayActAsApp(tx));
	const columns = {
		...(change.allowGuests === undefined ? {} : { allow_guests: change.allowGuests }),
		...(change.allowExternals === undefined ? {} : { allow_externals: change.allowExternals }),
		...(change.allowBots === undefined ? {} : { allow_bots: change.allowBots }),
		...(change.allowSharedChannels === undefined
			? {}
			: { allow_shared_channels: change.allowSharedChannels }),
		...(change.unlinked === undefined ? {} : { unlinked: isShared ? ("hold" as const) : change.unlinked }),
		updated_at: at,
	};
	await tx
		.insertInto("workspaces")
		.values({ team_id: teamId, ...columns })
		.onConflict((conflict) => conflict.column("team_id").doUpdateSet(columns))
		.execute();
}
