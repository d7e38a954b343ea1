import type { PlainTextOption } from "@slack/types";
import { readRepository } from "../../sessions/routing/repository-store.ts";
import { readChannelSettings, readPersonSettings } from "../../settings/settings-store.ts";
import { repositoryOption } from "../blocks/ask-message.ts";
import { admit } from "../listeners/admit.ts";
import type { ListenerDeps } from "../listeners/deps.ts";
import { openModal, sayingView } from "./open-modal.ts";
import { settingsView } from "./settings-view.ts";

/** Opens the modal of a person's choices, and of their channel's. `channelId` null: they are in none. */
export async function openSettings(
	deps: ListenerDeps,
	at: { teamId: string; userId: string; triggerId: string; channelId: string | null },
): Promise<void> {
	const { teamId, userId, triggerId } = at;
	const channelId = at.channelId?.startsWith("D") ? null : at.channelId;
	await openModal(deps, { teamId, triggerId, first: sayingView("Settings", "One moment…") }, async () => {
		const admission = await admit(deps, { teamId, userId });
		if (admission.outcome === "refused") return sayingView("Settings", admission.why);
		const { personId } = admission;
		const [person, channel] = await Promise.all([
			readPersonSettings(deps.db, personId),
			channelId === null ? null : readChannelSettings(deps.db, { teamId, channelId }),
		]);
		return settingsView({
			person,
			channel:
				channel === null || channelId === null
					? null
					: {
							...channel,
							channelId,
							repository: await findOption(deps, personId, channel.repositoryId),
						},
			models: deps.models,
		});
	});
}

/** Null also where they may not know of it. */
async function findOption(
	deps: ListenerDeps,
	personId: string,
	repositoryId: string | null,
): Promise<PlainTextOption | null> {
	if (repositoryId === null) return null;
	const known = await readRepository(deps.db, repositoryId);
	if (known === undefined) return null;
	const query = `${known.owner}/${known.name}`;
	const [found] = await deps.sessions.searchRepositories({ personId, query, limit: 1 });
	return found?.repositoryId === repositoryId ? repositoryOption(found) : null;
}
