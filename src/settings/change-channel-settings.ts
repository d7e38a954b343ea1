import type { Thread } from "../contract/session.ts";
import type { Db } from "../db/client.ts";
import { recordAudit } from "../people/audit.ts";
import { type ChannelSettings, readChannelSettings, saveChannelSettings } from "./settings-store.ts";

/** What anybody in a channel may set for it; its repository is not among it (`setChannelRepository`). */
export type ChannelChange = Partial<Omit<ChannelSettings, "repositoryId">>;

/** Sets what a channel chooses for itself, as whoever changes it. What is so already is no change. */
export function createChangeChannelSettings(deps: { db: Db; now: () => number }) {
	return (
		at: Pick<Thread, "teamId" | "channelId">,
		input: { personId: string; change: ChannelChange },
	): Promise<void> =>
		deps.db.transaction().execute(async (tx) => {
			const { repositoryId: _, ...before } = await readChannelSettings(tx, at);
			const change = Object.fromEntries(
				Object.entries(input.change).filter(([name, value]) => before[name as keyof ChannelChange] !== value),
			) as ChannelChange;
			if (Object.keys(change).length === 0) return;
			await saveChannelSettings(tx, at, change);
			const act = {
				personId: input.personId,
				action: "channel.settings_changed",
				subject: `${at.teamId}/${at.channelId}`,
				data: { before, change },
			};
			await recordAudit(tx, act, new Date(deps.now()));
		});
}
