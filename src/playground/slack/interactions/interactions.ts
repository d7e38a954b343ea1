import { z } from "zod";
import type { Answer, AppLink } from "../app-link.ts";
import { suggestionsSchema } from "../block-kit/elements.ts";
import { canSee, openDirect } from "../channels.ts";
import { composeText } from "../compose-text.ts";
import { emitInChannel, emitToApp } from "../events.ts";
import { showMessage } from "../messages.ts";
import type { Channel, User, View, ViewValues } from "../model.ts";
import { Refused } from "../refused.ts";
import { issueResponseUrl, type ResponseTarget, respond } from "../response-urls.ts";
import { directory } from "../web-api/content.ts";
import { checkView, pushModal, replaceView } from "../web-api/views.ts";
import { APP, type World } from "../world.ts";
import { findElement, type GivenAction, toAction } from "./element.ts";
import { completeValues, findMissing, readValues } from "./view-values.ts";

/** Where an element stands: in a message of a channel, or in a view. */
export interface Place {
	channel?: string | undefined;
	message_ts?: string | undefined;
	view_id?: string | undefined;
}

export type Outcome = { ok: true; [key: string]: unknown };
export type Interactions = ReturnType<typeof createInteractions>;

const viewAnswer = z.discriminatedUnion("response_action", [
	z.strictObject({ response_action: z.literal("errors"), errors: z.record(z.string(), z.string()) }),
	z.strictObject({ response_action: z.literal("update"), view: z.unknown() }),
	z.strictObject({ response_action: z.literal("push"), view: z.unknown() }),
	z.strictObject({ response_action: z.literal("clear") }),
]);

/** What people do to the app's buttons, menus, commands, shortcuts and dialogs, told to the app as Slack tells it. */
export function createInteractions(world: World, link: AppLink) {
	const { store } = world;

	/** @throws Refused with what Slack would show to the person when the app does not answer rightly */
	async function ask(
		what: string,
		user: User,
		kind: "slash_commands" | "interactive",
		payload: Record<string, unknown>,
	): Promise<unknown> {
		const answer: Answer = await link.ask(kind, payload);
		if (answer.outcome === "answered") return answer.body;
		noteWrongAnswer(what, user, answer.error, [answer.detail], payload);
		throw new Refused(answer.error, [answer.detail]);
	}

	function noteWrongAnswer(what: string, user: User, error: string, messages: string[], args: unknown): void {
		world.refuse({ method: what, team_id: APP.teamId, user: user.id, error, messages, args });
	}

	function base(user: User): Record<string, unknown> {
		const team = store.team(user.team_id);
		return {
			user: { id: user.id, username: user.name, name: user.name, team_id: user.team_id },
			api_app_id: APP.id,
			token: APP.verificationToken,
			team: { id: team?.id, domain: team?.domain },
			enterprise: null,
			is_enterprise_install: false,
		};
	}

	function locate(user: User, place: Place) {
		if (place.view_id !== undefined) {
			const found = store.view(place.view_id);
			if (found === undefined || found.open === 0 || found.user_id !== user.id)
				throw new Refused("not_found");
			const view = withoutOwner(found);
			return { view, blocks: view.blocks, container: { type: "view", view_id: view.id } };
		}
		const channel = findVisible(user, place.channel);
		const ts = place.message_ts ?? "";
		const kept = store.message(channel.id, ts);
		const message = kept ?? store.ephemerals(channel.id, user.id).find((one) => one.ts === ts);
		if (message === undefined) throw new Refused("message_not_found");
		if (message.bot_id !== APP.botId) throw new Refused("not_an_app_message");
		const inAttachments = (message.attachments ?? []).flatMap(
			(attachment) => (attachment as { blocks?: unknown[] }).blocks ?? [],
		);
		return {
			channel,
			message,
			isEphemeral: kept === undefined,
			blocks: [...(message.blocks ?? []), ...inAttachments],
			container: {
				type: "message",
				message_ts: message.ts,
				channel_id: channel.id,
				is_ephemeral: kept === undefined,
				...(message.thread_ts ? { thread_ts: message.thread_ts } : {}),
			},
		};
	}

	function findVisible(user: User, channelId: string | undefined): Channel {
		const channel = channelId === undefined ? undefined : store.channel(channelId);
		if (channel === undefined || !canSee(world, { userId: user.id, teamId: user.team_id }, channel)) {
			throw new Refused("channel_not_found");
		}
		return channel;
	}

	function surroundings(place: ReturnType<typeof locate>): Record<string, unknown> {
		if (place.view !== undefined) return { view: place.view };
		return {
			channel: { id: place.channel.id, name: channelName(place.channel) },
			message: showMessage(world, place.channel.id, place.message, true),
		};
	}

	return {
		async act(
			user: User,
			place: Place,
			blockId: string,
			given: GivenAction,
			state: ViewValues = {},
		): Promise<Outcome> {
			const found = locate(user, place);
			const element = findElement(found.blocks, blockId, given.action_id);
			const action = toAction(element, blockId, given, world.newTs());
			const values = readValues(found.blocks, state);
			if (found.view !== undefined) {
				const view = { ...found.view, state: { values: completeValues(found.view, values) } };
				store.saveView(user.id, view);
				found.view = view;
			}
			const target: ResponseTarget | null =
				found.view === undefined
					? {
							channelId: found.channel.id,
							userId: user.id,
							threadTs: found.message.thread_ts ?? null,
							messageTs: found.message.ts,
							isEphemeral: found.isEphemeral,
						}
					: null;
			await ask("block_actions", user, "interactive", {
				type: "block_actions",
				...base(user),
				container: found.container,
				trigger_id: world.triggers.issue(user.id),
				...surroundings(found),
				...(target === null ? {} : { state: { values }, response_url: issueResponseUrl(world, target) }),
				actions: [action],
			});
			return { ok: true, ...(typeof element.url === "string" ? { url: element.url } : {}) };
		},

		/** Asks the app for the options of an external select while a person types. */
		async suggest(
			user: User,
			place: Place,
			blockId: string,
			actionId: string,
			value: string,
		): Promise<Outcome> {
			const found = locate(user, place);
			const element = findElement(found.blocks, blockId, actionId);
			if (!String(element.type).includes("external_select")) throw new Refused("not_an_external_select");
			if (value.length < Number(element.min_query_length ?? 3)) return { ok: true, options: [] };
			const body = await ask("block_suggestion", user, "interactive", {
				type: "block_suggestion",
				...base(user),
				container: found.container,
				action_id: actionId,
				block_id: blockId,
				value,
				...surroundings(found),
			});
			const parsed = suggestionsSchema.safeParse(body);
			if (!parsed.success) {
				noteWrongAnswer("block_suggestion", user, "invalid_options", toLines(parsed.error), body);
				throw new Refused("invalid_options", toLines(parsed.error));
			}
			return { ok: true, ...parsed.data };
		},

		async command(user: User, channelId: string, command: string, text: string): Promise<Outcome> {
			const known = world.manifest.features.slash_commands.find((one) => one.command === command);
			if (known === undefined || user.team_id !== APP.teamId) throw new Refused("unknown_command");
			const channel = findVisible(user, channelId);
			const names = directory(world, { userId: user.id, teamId: user.team_id });
			const target: ResponseTarget = {
				channelId: channel.id,
				userId: user.id,
				threadTs: null,
				messageTs: null,
				isEphemeral: false,
			};
			const body = await ask(`slash command ${command}`, user, "slash_commands", {
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
				is_enterprise_install: "false",
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
			if (known === undefined || user.team_id !== APP.teamId) throw new Refused("unknown_shortcut");
			const common = {
				...base(user),
				callback_id: callbackId,
				trigger_id: world.triggers.issue(user.id),
				action_ts: world.newTs(),
			};
			if (on === null) {
				await ask("shortcut", user, "interactive", { type: "shortcut", ...common });
				return { ok: true };
			}
			const channel = findVisible(user, on.channel);
			const message = store.message(channel.id, on.ts);
			if (message === undefined) throw new Refused("message_not_found");
			const target: ResponseTarget = {
				channelId: channel.id,
				userId: user.id,
				threadTs: message.thread_ts ?? null,
				messageTs: null,
				isEphemeral: false,
			};
			await ask("message shortcut", user, "interactive", {
				type: "message_action",
				...common,
				channel: { id: channel.id, name: channelName(channel) },
				message: showMessage(world, channel.id, message, false),
				message_ts: message.ts,
				response_url: issueResponseUrl(world, target),
			});
			return { ok: true };
		},

		async submitView(user: User, viewId: string, given: ViewValues): Promise<Outcome> {
			const found = locate(user, { view_id: viewId }).view;
			if (found === undefined) throw new Refused("not_found");
			const values = completeValues(found, readValues(found.blocks, given));
			const missing = findMissing(found, values);
			if (Object.keys(missing).length > 0) return { ok: true, response_action: "errors", errors: missing };
			const view: View = { ...found, state: { values } };
			store.saveView(user.id, view);
			const body = await ask("view_submission", user, "interactive", {
				type: "view_submission",
				...base(user),
				trigger_id: world.triggers.issue(user.id),
				view,
				response_urls: [],
			});
			return finishSubmission(user, view, body);
		},

		async closeView(user: User, viewId: string, cleared: boolean): Promise<Outcome> {
			const view = locate(user, { view_id: viewId }).view;
			if (view === undefined) throw new Refused("not_found");
			const closing = cleared ? store.views(user.id, "modal") : [view];
			for (const one of closing) close(user, one);
			if (view.notify_on_close) {
				await ask("view_closed", user, "interactive", {
					type: "view_closed",
					...base(user),
					view,
					is_cleared: cleared,
				});
			}
			return { ok: true };
		},

		openHome(user: User, tab: "home" | "messages"): Outcome {
			const { channel } = openDirect(world, APP.teamId, [user.id, APP.botUserId]);
			const view = store.views(user.id, "home")[0];
			emitToApp(world, "app_home_opened", {
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
			const channel = findVisible(user, channelId);
			if (store.agentSession(channel.id, threadTs) === undefined) throw new Refused("session_not_found");
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

	function finishSubmission(user: User, view: View, body: unknown): Outcome {
		if (isEmpty(body)) {
			close(user, view);
			return { ok: true };
		}
		const parsed = viewAnswer.safeParse(body);
		if (!parsed.success) {
			noteWrongAnswer("view_submission", user, "invalid_response", toLines(parsed.error), body);
			throw new Refused("invalid_response", toLines(parsed.error));
		}
		const answer = parsed.data;
		try {
			if (answer.response_action === "errors") {
				const blockIds = new Set(view.blocks.map((block) => (block as { block_id?: string }).block_id));
				const unknown = Object.keys(answer.errors).filter((id) => !blockIds.has(id));
				if (unknown.length > 0) throw new Refused("invalid_block_id", unknown);
				return { ok: true, response_action: "errors", errors: answer.errors };
			}
			if (answer.response_action === "update") {
				replaceView(world, { ...view, user_id: user.id }, checkView(answer.view, "modal"));
			} else if (answer.response_action === "push") {
				pushModal(world, user.id, checkView(answer.view, "modal"));
			} else {
				for (const open of store.views(user.id, "modal")) close(user, open);
			}
		} catch (error) {
			if (error instanceof Refused) {
				noteWrongAnswer("view_submission", user, error.error, error.messages, body);
			}
			throw error;
		}
		return { ok: true, response_action: answer.response_action };
	}

	function answerWith(what: string, user: User, target: ResponseTarget, body: unknown): void {
		try {
			respond(world, target, body);
		} catch (error) {
			if (error instanceof Refused) noteWrongAnswer(what, user, error.error, error.messages, body);
			throw error;
		}
	}

	function close(user: User, view: View): void {
		store.closeView(view.id);
		world.notify({ type: "view_closed", to: user.id, view_id: view.id });
	}
}

function withoutOwner({
	user_id: _user,
	open: _open,
	...view
}: View & { user_id: string; open: number }): View {
	return view;
}

function channelName(channel: Channel): string {
	if (channel.kind === "im") return "directmessage";
	return channel.kind === "group" ? "privategroup" : channel.name;
}

function isEmpty(body: unknown): boolean {
	return body === null || body === "" || (typeof body === "object" && Object.keys(body).length === 0);
}

function toLines(error: z.ZodError): string[] {
	return error.issues.map((issue) => `[ERROR] ${issue.path.join(".")}: ${issue.message}`);
}
