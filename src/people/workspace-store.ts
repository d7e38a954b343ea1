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

/** The people of a workspace for whose GitHub account something waits, in one order. */
export async function listUnlinked(tx: Tx, teamId: string): Promise<string[]> {
	const rows = await tx
		.selectFrom("identities")
		.select("person_id")
		.distinct()
		.where("provider", "=", "slack")
		.where("tenant", "=", teamId)
		.where((eb) =>
			eb.or([
				eb("person_id", "in", (of) =>
					of
						.selectFrom("prompts")
						.select("author_id")
						.where("held", "=", "link")
						.where("status", "=", "queued")
						.where("author_id", "is not", null)
						.$castTo<{ author_id: string }>(),
				),
				eb("person_id", "in", (of) =>
					of
						.selectFrom("pull_requests")
						.select("waits_for")
						.where("state", "=", "intended")
						.where("waits_for", "is not", null)
						.$castTo<{ waits_for: string }>(),
				),
			]),
		)
		.orderBy("person_id")
		.execute();
	return rows.map((row) => row.person_id);
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
