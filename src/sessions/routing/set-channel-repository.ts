import type { Db } from "../../db/client.ts";
import type { Access } from "../../people/access.ts";
import { recordAudit } from "../../people/audit.ts";
import { readChannelSettings, saveChannelSettings } from "../../settings/settings-store.ts";
import type { Sessions } from "../sessions.ts";
import { findRepository } from "./repository-store.ts";

export function createSetChannelRepository(deps: {
	db: Db;
	access: Pick<Access, "allowed">;
	now: () => number;
}): Sessions["setChannelRepository"] {
	async function mayWrite(personId: string, repositoryId: string | null): Promise<boolean> {
		if (repositoryId === null) return true;
		const question = { personId, repositoryIds: [repositoryId], need: "write" as const };
		return (await deps.access.allowed(question)).has(repositoryId);
	}

	return async ({ teamId, channelId, personId, repositoryId }) => {
		if (!(await mayWrite(personId, repositoryId))) return { outcome: "forbidden" };
		return deps.db.transaction().execute(async (tx) => {
			if (repositoryId !== null && !(await findRepository(tx, repositoryId))) return { outcome: "forbidden" };
			const at = { teamId, channelId };
			const before = (await readChannelSettings(tx, at)).repositoryId;
			if (before === repositoryId) return { outcome: "set" };
			await saveChannelSettings(tx, at, { repositoryId });
			const act = {
				personId,
				action: "channel.repository_chosen",
				repositoryId,
				subject: `${teamId}/${channelId}`,
				data: { before },
			};
			await recordAudit(tx, act, new Date(deps.now()));
			return { outcome: "set" };
		});
	};
}
