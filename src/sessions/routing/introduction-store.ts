import { sql } from "kysely";
import type { Tx } from "../../db/client.ts";

interface Channel {
	teamId: string;
	channelId: string;
}

export async function isIntroduced(tx: Tx, { teamId, channelId }: Channel): Promise<boolean> {
	const row = await tx
		.selectFrom("channels")
		.select("introduced_at")
		.where("team_id", "=", teamId)
		.where("channel_id", "=", channelId)
		.executeTakeFirst();
	return row !== undefined && row.introduced_at !== null;
}

/** False: somebody else did. */
export async function setIntroduced(tx: Tx, { teamId, channelId }: Channel, at: Date): Promise<boolean> {
	const row = await tx
		.insertInto("channels")
		.values({ team_id: teamId, channel_id: channelId, introduced_at: at })
		.onConflict((conflict) =>
			conflict
				.columns(["team_id", "channel_id"])
				.doUpdateSet({ introduced_at: at })
				.where(sql<boolean>`channels.introduced_at is null`),
		)
		.returning("channel_id")
		.executeTakeFirst();
	return row !== undefined;
}
