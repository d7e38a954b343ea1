import type { Tx } from "../../db/client.ts";

/** True for the first that would say in a channel that shared ones are refused. */
export async function claimSharedLine(
	tx: Tx,
	at: { teamId: string; channelId: string },
	now: Date,
): Promise<boolean> {
	const row = await tx
		.insertInto("channels")
		.values({ team_id: at.teamId, channel_id: at.channelId, told_shared_at: now })
		.onConflict((conflict) =>
			conflict
				.columns(["team_id", "channel_id"])
				.doUpdateSet({ told_shared_at: now })
				.where("channels.told_shared_at", "is", null),
		)
		.returning("channel_id")
		.executeTakeFirst();
	return row !== undefined;
}
