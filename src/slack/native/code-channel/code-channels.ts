import type { Db } from "../../../db/client.ts";
import type { Log } from "../../../log.ts";
import type { SessionView } from "../../../sessions/session-view.ts";
import type { PostOutcome } from "../../showing/post.ts";
import { cut } from "../../text/escape.ts";
import type { Workspace, Workspaces } from "../../web-api/workspaces.ts";
import type { Attempt, Capabilities } from "../capabilities.ts";
import type { ChannelSign } from "./channel-line.ts";
import {
	type CodeChannel,
	changeCodeChannel,
	findCodeChannel,
	listWriters,
	noteOpened,
} from "./code-channel-store.ts";
import { createFurnish, type ReadChanges } from "./furnish.ts";

/** Without it nothing is even tried. */
const SCOPE = "code_channels:manage";
/** Of a channel's name; that of a session is longer. */
const MAX_NAME_CHARACTERS = 80;
/** What Slack says where a channel is not ours any more: archived, deleted, or we were removed. */
const CLOSED = new Set([
	"is_archived",
	"already_archived",
	"channel_not_found",
	"not_in_channel",
	"not_agent_channel",
]);

export interface CodeChannels {
	/** Whether a workspace may have such channels, as far as we know. */
	mayHave(workspace: Pick<Workspace, "scopes" | "teamId">): boolean;
	find(sessionId: string): Promise<CodeChannel | null>;
	/** Makes the channel that somebody wanted, once. */
	open(session: SessionView, channel: CodeChannel): Promise<PostOutcome>;
	/**
	 * Brings the people of the thread, the tabs and the bar to what they should be, and archives what is over.
	 * `isAllSaid`: its messages are all there.
	 */
	furnish(session: SessionView, channel: CodeChannel, isAllSaid: boolean): Promise<PostOutcome>;
	/** Told what Slack refused there: it may be closed to us from now on. */
	noteRefusals(sessionId: string, refused: string[]): Promise<void>;
}

/**
 * Slack's channels for one task. `agents.conversations.create` gives the same channel for the same `session_id`
 * (docs.slack.dev, its page), so that whoever does not know whether it was made asks for it again.
 */
export function createCodeChannels(deps: {
	db: Db;
	workspaces: Workspaces;
	capabilities: Capabilities;
	/** Left out: there are no tabs with changes. */
	readChanges?: ReadChanges;
	log: Log;
	now: () => number;
}): CodeChannels {
	const { db, workspaces, capabilities, log, now } = deps;
	const furnish = createFurnish(deps);

	/** Where the thread is private, or nobody says, so is its channel. */
	async function isPrivate({ clients }: Workspace, channelId: string): Promise<boolean> {
		const { channel } = await clients.deliver.conversations.info({ channel: channelId });
		return !(channel?.is_channel === true && channel.is_private === false);
	}

	/** They need scopes of their own; where those are missing, whoever may look in joins by themselves. */
	async function invite(session: SessionView, channel: CodeChannel): Promise<Attempt> {
		const { teamId, channelId, askedBy } = channel;
		const [thread] = session.threads;
		if (thread === undefined || channelId === null) return { outcome: "done" };
		const writers = await listWriters(db, thread);
		const people = new Set([askedBy, ...writers.map(({ userId }) => userId)]);
		// Whoever began the thread was put in by Slack.
		for (const { userId, began } of writers) if (began) people.delete(userId);
		if (people.size === 0) return { outcome: "done" };
		const { clients } = await workspaces.of(teamId);
		return capabilities.attempt(teamId, "code_channel_invites", () =>
			clients.deliver.conversations.invite({
				channel: channelId,
				users: [...people].join(","),
				force: true,
			}),
		);
	}

	return {
		mayHave: ({ scopes, teamId }) => scopes.includes(SCOPE) && capabilities.mayHave(teamId, "code_channels"),
		find: async (sessionId) => (await findCodeChannel(db, sessionId)) ?? null,
		async open(session, { teamId }) {
			const [thread] = session.threads;
			if (thread === undefined) return { outcome: "shown" };
			const workspace = await workspaces.of(teamId);
			const client = workspace.clients.deliver;
			let channelId: string | undefined;
			const made = await capabilities.attempt(teamId, "code_channels", async () => {
				const answer = await client.agents.conversations.create({
					name: cut(session.title, MAX_NAME_CHARACTERS),
					session_id: session.id,
					is_private: await isPrivate(workspace, thread.channelId),
					origin_channel_id: thread.channelId,
					origin_message_ts: thread.threadTs,
				});
				channelId = answer.channel_id;
			});
			if (made.outcome === "later") return made;
			if (channelId === undefined) {
				log.info({ sessionId: session.id, ...made }, "Slack did not make a channel");
				await changeCodeChannel(db, session.id, { state: "refused" });
				return { outcome: "shown" };
			}
			await noteOpened(db, { sessionId: session.id, teamId, channelId, at: new Date(now()) });
			return { outcome: "shown" };
		},
		async furnish(session, channel, isAllSaid) {
			if (channel.state !== "open") return { outcome: "shown" };
			if (channel.invitedAt === null) {
				const invited = await invite(session, channel);
				if (invited.outcome === "later") return invited;
				await changeCodeChannel(db, session.id, { invitedAt: new Date(now()) });
			}
			return furnish(session, channel, isAllSaid);
		},
		async noteRefusals(sessionId, refused) {
			const why = refused.find((error) => CLOSED.has(error));
			if (why === undefined) return;
			log.info({ sessionId, error: why }, "a session's channel is closed to us");
			await changeCodeChannel(db, sessionId, { state: "closed" });
		},
	};
}

/** Pure. What a session's thread says of its channel. */
export function toSign(channel: CodeChannel | null, mayHave: boolean): ChannelSign | null {
	if (channel === null) return mayHave ? { state: "offered" } : null;
	const { state, channelId } = channel;
	if (state === "wanted" || state === "refused") return { state };
	return channelId === null ? null : { state, channelId };
}
