import type { Db } from "../../db/client.ts";
import type { Log } from "../../log.ts";
import type { WorkspaceRules } from "../../people/decide-access.ts";
import { messageEvent } from "../listeners/message-event.ts";
import type { Reply } from "../saying/reply.ts";
import type { Whisper } from "../saying/whisper.ts";
import { mentionsUser } from "../text/from-slack.ts";
import { deliveryIdOf } from "../web-api/delivery-id.ts";
import type { Workspaces } from "../web-api/workspaces.ts";
import { isUnknownWorkspace } from "./lifecycle.ts";
import { type PayloadPlace, readPlace } from "./payload-place.ts";
import { claimSharedLine } from "./shared-line-store.ts";

/** Whether something from Slack comes to a listener at all, and what whoever waits is told if it does not. */
export type Entrance = (body: unknown) => Promise<{ pass: true } | { pass: false; answer?: string }>;

const WORDS =
	"Sorry, I do not work in channels that are shared with other companies. Ask me in a channel of your own; an admin can allow it in my home, under Settings.";

/** Events by which Slack says that an installation began or ended: they come after the end too. */
const ABOUT_INSTALLS = new Set([
	"app_uninstalled",
	"tokens_revoked",
	"team_access_granted",
	"team_access_revoked",
]);

/**
 * Stands before every listener, those of tomorrow included: nothing of a workspace in which the app is not installed, and
 * nothing of a channel that other organisations can read, unless the workspace allows it. What Slack does not say is
 * asked, and while it cannot be known nothing passes.
 */
export function createEntrance(deps: {
	workspaces: Workspaces;
	workspaceRules: (teamId: string) => Promise<Pick<WorkspaceRules, "allowSharedChannels">>;
	db: Db;
	reply: Reply;
	whisper: Whisper;
	log: Log;
	now: () => number;
}): Entrance {
	const { workspaces, log } = deps;

	async function isRefusedAsShared(place: PayloadPlace, teamId: string): Promise<boolean> {
		const { channelId } = place;
		// Nobody shares a conversation with an app alone.
		if (channelId === null || channelId.startsWith("D") || place.isShared === false) return false;
		if ((await deps.workspaceRules(teamId)).allowSharedChannels) return false;
		if (place.isShared) return true;
		return (await workspaces.of(teamId)).directory.isShared(channelId);
	}

	/** In the open once for a channel; after that to whoever asks, privately. */
	async function refuseMessage(teamId: string, body: unknown): Promise<void> {
		const event = messageEvent.safeParse((body as { event?: unknown }).event).data;
		if (event?.user === undefined || event.bot_id) return;
		const { botUserId } = await workspaces.of(teamId);
		if (event.type !== "app_mention" && !mentionsUser(event.text ?? "", botUserId)) return;
		const { channel: channelId, user: userId, ts, thread_ts: threadTs } = event;
		if (await claimSharedLine(deps.db, { teamId, channelId }, new Date(deps.now())))
			await deps.reply({
				teamId,
				channelId,
				threadTs: threadTs ?? ts,
				text: WORDS,
				deliveryId: deliveryIdOf(`${teamId}:${channelId}:shared`),
				doubtful: false,
			});
		else await deps.whisper({ teamId, channelId, userId, threadTs, message: WORDS });
	}

	return async (body) => {
		const place = readPlace(body);
		const type = (body as { event?: { type?: string } }).event?.type ?? "";
		if (place === null || ABOUT_INSTALLS.has(type)) return { pass: true };
		const { teamId, channelId, userId } = place;
		try {
			if (!(await workspaces.isInstalled(place)) || teamId === null) {
				log.info(
					{ teamId, enterpriseId: place.enterpriseId, type },
					"from a workspace that has not installed us",
				);
				return { pass: false };
			}
			if (!(await isRefusedAsShared(place, teamId))) return { pass: true };
			if (place.kind === "command") return { pass: false, answer: WORDS };
			if (place.kind === "event") await refuseMessage(teamId, body);
			else if (channelId !== null && userId !== null)
				await deps.whisper({ teamId, channelId, userId, message: WORDS });
			return { pass: false };
		} catch (error) {
			// It ended while we looked.
			if (isUnknownWorkspace(error)) return { pass: false };
			throw error;
		}
	};
}
