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

		/** The native Stop that Slack shows while an agent session is `processing`. */
		stopSession(user: User, channelId: string, threadTs: string): Outcome {
			const channel = findVisible(world, user, channelId);
			if (world.store.agentSession(channel.id, threadTs) === undefined)
				throw new Refused("session_not_found");
			emitInChannel(world, channel, "agent_session_stopped", {
				type: "agent_session_stopped",
				channel: channel.id,
				user: user.id,
				thread_ts: threadTs,
				streaming_message_ts: [],
				event_ts: world.newTs(),
			});
			return { ok: true };
		},
	};
}
