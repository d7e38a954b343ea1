import type { Sessions } from "../../sessions/sessions.ts";
import { readPlace } from "../install/payload-place.ts";
import { decideMessage } from "../listeners/decide-message.ts";
import { messageEvent } from "../listeners/message-event.ts";
import { findPlace } from "../native/code-channel/find-place.ts";
import { ourTeamId } from "../receiving/intake.ts";
import { deliveryIdOf } from "../web-api/delivery-id.ts";
import type { Workspaces } from "../web-api/workspaces.ts";
import type { Reply } from "./reply.ts";
import type { Whisper } from "./whisper.ts";

/** Says to whoever sent it that something was given up: nothing that was addressed to us ends in silence. */
export function createApologise(deps: {
	workspaces: Workspaces;
	sessions: Pick<Sessions, "findByThread">;
	reply: Reply;
	whisper: Whisper;
}): (body: unknown) => Promise<void> {
	const { workspaces, sessions, reply, whisper } = deps;

	/** Commands, forms and clicks. */
	async function apologisePrivately(body: unknown): Promise<void> {
		const { kind = "event", teamId = null, userId = null, channelId = null } = readPlace(body) ?? {};
		if (kind === "event" || teamId === null || userId === null) return;
		const message = "Sorry, something inside me failed and I could not do that. Please try again in a while.";
		await whisper({ teamId, userId, channelId, message });
	}

	return async (body) => {
		const event = messageEvent.safeParse((body as { event?: unknown }).event).data;
		if (event === undefined) return apologisePrivately(body);
		const teamId = ourTeamId(body as Parameters<typeof ourTeamId>[0]);
		const { botUserId } = await workspaces.of(teamId);
		const { ts, channel: channelId } = event;
		const at = { teamId, channelId, ts, threadTs: event.thread_ts };
		const { thread, known } = await findPlace(sessions, at);
		if (decideMessage(event, { botUserId, mapped: known !== null, allowBots: false }).do === "ignore") return;
		await reply({
			teamId,
			channelId,
			threadTs: thread.threadTs,
			text: "Sorry, something inside me failed and I could not take this message. Please send it once more in a while.",
			deliveryId: deliveryIdOf(`${teamId}:${event.channel}:given-up:${event.ts}`),
			doubtful: true,
		});
	};
}
