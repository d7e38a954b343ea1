import { botIn } from "../bots.ts";
import { composeText } from "../compose-text.ts";
import { showMessage } from "../messages.ts";
import type { User } from "../model.ts";
import { Refused } from "../refused.ts";
import { issueResponseUrl, type ResponseTarget, respond } from "../response-urls.ts";
import { directory } from "../web-api/content.ts";
import { APP, type World } from "../world.ts";
import { type Asking, isEmpty, type Outcome } from "./asking.ts";
import { channelName, findVisible } from "./place.ts";

/** Slash commands and shortcuts. */
export function createCommandInteractions(world: World, asking: Asking) {
	const { store } = world;

	function answerWith(what: string, user: User, target: ResponseTarget, body: unknown): void {
		try {
			respond(world, target, body);
		} catch (error) {
			if (error instanceof Refused) asking.noteWrongAnswer(what, user, error.error, error.messages, body);
			throw error;
		}
	}

	return {
		async command(user: User, channelId: string, command: string, text: string): Promise<Outcome> {
			const known = world.manifest.features.slash_commands.find((one) => one.command === command);
			const bot = botIn(store, user.team_id);
			if (known === undefined || bot === null) throw new Refused("unknown_command");
			const channel = findVisible(world, user, channelId);
			const names = directory(world, { userId: user.id, teamId: user.team_id });
			const target: ResponseTarget = {
				channelId: channel.id,
				userId: user.id,
				threadTs: null,
				messageTs: null,
				isEphemeral: false,
			};
			const body = await asking.ask(`slash command ${command}`, user, "slash_commands", {
				token: APP.verificationToken,
				team_id: user.team_id,
				team_domain: store.team(user.team_id)?.domain ?? "",
				channel_id: channel.id,
				channel_name: channelName(channel),
				user_id: user.id,
				user_name: user.name,
				command,
				text: known.should_escape ? composeText(text, names) : text,
				api_app_id: APP.id,
				...(bot.enterpriseId === null ? {} : { enterprise_id: bot.enterpriseId }),
				is_enterprise_install: String(bot.enterpriseId !== null),
				response_url: issueResponseUrl(world, target),
				trigger_id: world.triggers.issue(user.id),
			});
			if (!isEmpty(body)) answerWith(`slash command ${command}`, user, target, body);
			return { ok: true };
		},

		async shortcut(
			user: User,
			callbackId: string,
			on: { channel: string; ts: string } | null,
		): Promise<Outcome> {
			const type = on === null ? "global" : "message";
			const known = world.manifest.features.shortcuts.find(
				(one) => one.callback_id === callbackId && one.type === type,
			);
			if (known === undefined || botIn(store, user.team_id) === null) throw new Refused("unknown_shortcut");
			const common = {
				...asking.base(user),
				callback_id: callbackId,
				trigger_id: world.triggers.issue(user.id),
				action_ts: world.newTs(),
			};
			if (on === null) {
				await asking.ask("shortcut", user, "interactive", { type: "shortcut", ...common });
				return { ok: true };
			}
			const channel = findVisible(world, user, on.channel);
			const message = store.message(channel.id, on.ts);
			if (message === undefined) throw new Refused("message_not_found");
			const target: ResponseTarget = {
				channelId: channel.id,
				userId: user.id,
				threadTs: message.thread_ts ?? null,
				messageTs: null,
				isEphemeral: false,
			};
			await asking.ask("message shortcut", user, "interactive", {
				type: "message_action",
				...common,
				channel: { id: channel.id, name: channelName(channel) },
				message: showMessage(world, channel.id, message, false),
				message_ts: message.ts,
				response_url: issueResponseUrl(world, target),
			});
			return { ok: true };
		},
	};
}
