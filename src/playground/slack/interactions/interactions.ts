import type { AppLink } from "../app-link.ts";
import { botIn } from "../bots.ts";
import { openDirect } from "../channels.ts";
import { emitInChannel, emitToApp } from "../events.ts";
import type { User } from "../model.ts";
import { Refused } from "../refused.ts";
import type { World } from "../world.ts";
import { createAsking, type Outcome } from "./asking.ts";
import { createCommandInteractions } from "./commands.ts";
import { createDialogInteractions } from "./dialogs.ts";
import { createElementInteractions } from "./elements.ts";
import { findVisible } from "./place.ts";

export type Interactions = ReturnType<typeof createInteractions>;

/** What people do to the app's buttons, menus, commands, shortcuts and dialogs, told to the app as Slack tells it. */
export function createInteractions(world: World, link: AppLink) {
	const asking = createAsking(world, link);
	return {
		...createElementInteractions(world, asking),
		...createCommandInteractions(world, asking),
		...createDialogInteractions(world, asking),

		openHome(user: User, tab: "home" | "messages"): Outcome {
			const bot = botIn(world.store, user.team_id);
			if (bot === null) throw new Refused("app_not_installed");
			const { channel } = openDirect(world, user.team_id, [user.id, bot.userId]);
			const view = world.store.views(user.id, "home")[0];
			emitToApp(world, user.team_id, "app_home_opened", {
				type: "app_home_opened",
				user: user.id,
				channel: channel.id,
				tab,
				...(view && tab === "home" ? { view } : {}),
				event_ts: world.newTs(),
			});
			return { ok: true, channel: channel.id, view: view ?? null };
		},

		/** Anybody in a channel may give a session there another title. */
		renameSession(user: User, channelId: string, threadTs: string, title: string): Outcome {
			const channel = findVisible(world, user, channelId);
			const session = world.store.agentSession(channel.id, threadTs);
			if (session === undefined) throw new Refused("session_not_found");
			if (title === "" || title.length > 200) throw new Refused("invalid_name");
			const renamed = { ...session, title };
			world.store.saveAgentSession(renamed);
			world.notify({ type: "agent_status", channel: channel.id, session: renamed });
			emitInChannel(world, channel, "agent_session_title_changed", {
				type: "agent_session_title_changed",
				channel: channel.id,
				user: user.id,
				team_id: user.team_id,
				...inThread(threadTs),
				title,
				...(session.title === null ? {} : { previous_title: session.title }),
				event_ts: world.newTs(),
			});
			return { ok: true };
		},

		/** Somebody looks at a channel, or at a message there, while the app is visible; null: at nothing. */
		look(user: User, at: { channelId: string; messageTs: string | null } | null): Outcome {
			const bot = botIn(world.store, user.team_id);
			if (bot === null) throw new Refused("app_not_installed");
			const { channel } = openDirect(world, user.team_id, [user.id, bot.userId]);
			if (world.manifest.features.agent_view === undefined) return { ok: true };
			const seen = at === null ? null : findVisible(world, user, at.channelId).id;
			const ofTeam = { team_id: user.team_id };
			const entity =
				at?.messageTs == null
					? { type: "slack#/types/channel_id", value: seen, ...ofTeam }
					: {
							type: "slack#/types/message_context",
							value: { channel_id: seen, message_ts: at.messageTs },
							...ofTeam,
						};
			emitToApp(world, user.team_id, "app_context_changed", {
				type: "app_context_changed",
				user: user.id,
				channel: channel.id,
				context: seen === null ? {} : { entities: [entity] },
				event_ts: world.newTs(),
			});
			return { ok: true };
		},

		/** The native Stop that Slack shows while an agent session is `processing`. */
		stopSession(user: User, channelId: string, threadTs: string): Outcome {
			const channel = findVisible(world, user, channelId);
			if (world.store.agentSession(channel.id, threadTs) === undefined)
				throw new Refused("session_not_found");
			emitInChannel(world, channel, "agent_session_stopped", {
				type: "agent_session_stopped",
				channel: channel.id,
				user: user.id,
				...inThread(threadTs),
				streaming_message_ts: [],
				event_ts: world.newTs(),
			});
			return { ok: true };
		},
	};
}

/** A session that is a whole channel is in no thread. */
function inThread(threadTs: string): { thread_ts?: string } {
	return threadTs === "" ? {} : { thread_ts: threadTs };
}
