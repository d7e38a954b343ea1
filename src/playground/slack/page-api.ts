/**
 * What the workspace page needs beyond the Web API. JSON in and out; every call names a human with
 * `Authorization: Bearer xoxp-<name>` (the stream takes `?token=`). Answers are `{ok: true, …}` or, with HTTP 400,
 * `{ok: false, error, messages}`, where `error` is Slack's code or, when the app failed to answer, `operation_timeout`
 * or `dispatch_failed`. Posting, editing, reacting, uploading, joining and inviting go through the Web API.
 *
 * | call | in | out |
 * | --- | --- | --- |
 * | `GET  /page/state` | | `{me, team, teams: [{id, name, users: [{id, name, token, kind}]}], app, channels, users, sessions, suggested, refused}` |
 * | `GET  /page/messages?channel=&thread=` | | `{messages, ephemerals, sessions}` oldest first, at most the last 200 |
 * | `GET  /page/stream?token=` | | server-sent events; `data` is one `Notice` of `world.ts` |
 * | `GET  /page/views` | | `{modals: View[] (top last), home: View or null}` |
 * | `GET  /page/refused`, `DELETE` | | `{refused: Refusal[]}` newest first; empties the list |
 * | `POST /page/action` | `{channel, message_ts}` or `{view_id}`, `block_id`, `action: {action_id, value?, selected_option? …}`, `state?` | `{url?}` for a link button |
 * | `POST /page/suggestions` | the same place, `block_id`, `action_id`, `value` | `{options}` or `{option_groups}` |
 * | `POST /page/command` | `{channel, command, text}` | |
 * | `POST /page/shortcut` | `{callback_id, message?: {channel, ts}}` | |
 * | `POST /page/view-submit` | `{view_id, state: {<block>: {<action>: {value or selected_…}}}}` | `{response_action?, errors?}` |
 * | `POST /page/view-close` | `{view_id, cleared?}` | |
 * | `POST /page/home-open` | `{tab: "home" or "messages"}` | `{channel, view}` |
 * | `POST /page/composing` | `{text}` | what is being written: links in it are told to the app, `{links}` of them |
 * | `POST /page/forward` | `{channel, ts, to, text?}` | the message that holds the other: `{ts}` |
 * | `POST /page/deactivate` | `{user}` | an admin closes somebody's account |
 * | `POST /page/stop-session` | `{channel, thread_ts}` | |
 * | `POST /page/rename-session` | `{channel, thread_ts, title}` | |
 * | `POST /page/look` | `{channel, ts?}` or `{}` | somebody looks at it with the app beside it |
 * | `POST /page/uninstall` | | an admin takes the app out of their workspace or organisation |
 * | `POST /page/faults` | `{next: [{method, error or status (+ retryAfterS) or cut: true}]}` | what the app's next calls of these methods meet, or the next of the file host (`upload`, `files`) |
 * | `POST /page/disconnect` | | asks Socket Mode connections to come back anew |
 */
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { z } from "zod";
import { botIn } from "./bots.ts";
import { toCaller } from "./caller.ts";
import { canSee, showChannel } from "./channels.ts";
import { emitToApp } from "./events.ts";
import { forwardMessage } from "./forward.ts";
import { endInstallation } from "./install-app.ts";
import { givenAction } from "./interactions/element.ts";
import type { Interactions } from "./interactions/interactions.ts";
import { findVisible } from "./interactions/place.ts";
import { emitComposedLinks } from "./links.ts";
import { showMessage } from "./messages.ts";
import type { User } from "./model.ts";
import { Refused } from "./refused.ts";
import { showUser } from "./web-api/people.ts";
import type { Fault } from "./web-api/web-api.ts";
import { APP, type Notice, type World } from "./world.ts";

const HEARTBEAT_MS = 15_000;
const MAX_MESSAGES = 200;

type PageEnv = { Variables: { user: User } };

const viewState = z.record(z.string(), z.record(z.string(), z.record(z.string(), z.unknown()))).default({});
const place = {
	channel: z.string().optional(),
	message_ts: z.string().optional(),
	view_id: z.string().optional(),
};
const fault = z.strictObject({
	method: z.string(),
	error: z.string().optional(),
	status: z.number().int().optional(),
	retryAfterS: z.number().optional(),
	cut: z.boolean().optional(),
});

export interface PageDeps {
	world: World;
	interactions: Interactions;
	subscribe: (listener: (notice: Notice) => void) => () => void;
	addFaults: (faults: Fault[]) => void;
	refreshSockets: () => void;
}

export function createPageApi(deps: PageDeps): Hono<PageEnv> {
	const { world, interactions } = deps;
	const { store } = world;
	const app = new Hono<PageEnv>();

	app.use(async (context, next) => {
		const header = /^Bearer (.+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
		const user = store.userByToken(header ?? context.req.query("token") ?? "");
		if (user === undefined || user.deleted) return context.json({ ok: false, error: "invalid_auth" }, 401);
		context.set("user", user);
		return next();
	});

	app.onError((error, context) => {
		if (error instanceof Refused) {
			return context.json({ ok: false, error: error.error, messages: error.messages }, 400);
		}
		if (error instanceof z.ZodError) {
			return context.json({ ok: false, error: "invalid_arguments", messages: [z.prettifyError(error)] }, 400);
		}
		throw error;
	});

	app.get("/state", (context) => context.json({ ok: true, ...showState(world, context.get("user")) }));

	app.get("/messages", (context) => {
		const user = context.get("user");
		const channel = findVisible(world, user, context.req.query("channel"));
		const thread = context.req.query("thread");
		const parent = thread ? store.message(channel.id, thread) : undefined;
		const kept = thread
			? [...(parent ? [parent] : []), ...store.replies(channel.id, thread)].slice(-MAX_MESSAGES)
			: store.history(channel.id).slice(0, MAX_MESSAGES).reverse();
		return context.json({
			ok: true,
			messages: kept.map((message) => showMessage(world, channel.id, message, true)),
			ephemerals: store
				.ephemerals(channel.id, user.id)
				.filter((message) => (message.thread_ts ?? null) === (thread ?? null)),
			sessions: store.agentSessions().filter((session) => session.channel_id === channel.id),
		});
	});

	app.get("/stream", (context) =>
		streamSSE(context, async (stream) => {
			const user = context.get("user");
			const unsubscribe = deps.subscribe((notice) => {
				if (concerns(world, user, notice)) void stream.writeSSE({ data: JSON.stringify(notice) });
			});
			stream.onAbort(unsubscribe);
			await stream.write(": connected\n\n");
			while (!stream.aborted && !stream.closed) {
				await stream.sleep(HEARTBEAT_MS);
				await stream.write(": still here\n\n");
			}
		}),
	);

	app.get("/views", (context) => {
		const user = context.get("user");
		return context.json({
			ok: true,
			modals: store.views(user.id, "modal"),
			home: store.views(user.id, "home")[0] ?? null,
		});
	});

	app.get("/refused", (context) => context.json({ ok: true, refused: store.refusals() }));
	app.delete("/refused", (context) => {
		store.clearRefusals();
		return context.json({ ok: true });
	});

	app.post("/action", async (context) => {
		const body = z
			.strictObject({ ...place, block_id: z.string(), action: givenAction, state: viewState })
			.parse(await context.req.json());
		return context.json(
			await interactions.act(context.get("user"), body, body.block_id, body.action, body.state),
		);
	});

	app.post("/suggestions", async (context) => {
		const body = z
			.strictObject({ ...place, block_id: z.string(), action_id: z.string(), value: z.string() })
			.parse(await context.req.json());
		return context.json(
			await interactions.suggest(context.get("user"), body, body.block_id, body.action_id, body.value),
		);
	});

	app.post("/command", async (context) => {
		const body = z
			.strictObject({ channel: z.string(), command: z.string(), text: z.string().default("") })
			.parse(await context.req.json());
		return context.json(
			await interactions.command(context.get("user"), body.channel, body.command, body.text),
		);
	});

	app.post("/shortcut", async (context) => {
		const body = z
			.strictObject({
				callback_id: z.string(),
				message: z.strictObject({ channel: z.string(), ts: z.string() }).optional(),
			})
			.parse(await context.req.json());
		return context.json(
			await interactions.shortcut(context.get("user"), body.callback_id, body.message ?? null),
		);
	});

	app.post("/view-submit", async (context) => {
		const body = z.strictObject({ view_id: z.string(), state: viewState }).parse(await context.req.json());
		return context.json(await interactions.submitView(context.get("user"), body.view_id, body.state));
	});

	app.post("/view-close", async (context) => {
		const body = z
			.strictObject({ view_id: z.string(), cleared: z.boolean().default(false) })
			.parse(await context.req.json());
		return context.json(await interactions.closeView(context.get("user"), body.view_id, body.cleared));
	});

	app.post("/home-open", async (context) => {
		const body = z
			.strictObject({ tab: z.enum(["home", "messages"]).default("home") })
			.parse(await context.req.json());
		return context.json(interactions.openHome(context.get("user"), body.tab));
	});

	app.post("/composing", async (context) => {
		const { text } = z.strictObject({ text: z.string() }).parse(await context.req.json());
		return context.json({ ok: true, ...emitComposedLinks(world, context.get("user"), text) });
	});

	app.post("/forward", async (context) => {
		const { channel, ts, to, text } = z
			.strictObject({ channel: z.string(), ts: z.string(), to: z.string(), text: z.string().default("") })
			.parse(await context.req.json());
		const posted = forwardMessage(
			world,
			toCaller(context.get("user")),
			{ channel, ts },
			{ channel: to, text },
		);
		return context.json({ ok: true, ts: posted.ts });
	});

	app.post("/deactivate", async (context) => {
		const admin = context.get("user");
		const { user: id } = z.strictObject({ user: z.string() }).parse(await context.req.json());
		const user = store.user(id);
		if (admin.kind !== "admin") throw new Refused("not_an_admin");
		if (user?.team_id !== admin.team_id || user.kind === "bot") throw new Refused("user_not_found");
		const deactivated = { ...user, deleted: true };
		store.inTransaction(() => {
			store.saveUser(deactivated);
			emitToApp(world, user.team_id, "user_change", {
				type: "user_change",
				user: showUser({ teamId: user.team_id, scopes: world.manifest.oauth_config.scopes.bot }, deactivated),
				cache_ts: Math.floor(world.now() / 1000),
				event_ts: world.newTs(),
			});
		});
		return context.json({ ok: true });
	});

	app.post("/stop-session", async (context) => {
		const body = z
			.strictObject({ channel: z.string(), thread_ts: z.string() })
			.parse(await context.req.json());
		return context.json(interactions.stopSession(context.get("user"), body.channel, body.thread_ts));
	});

	app.post("/rename-session", async (context) => {
		const body = z
			.strictObject({ channel: z.string(), thread_ts: z.string(), title: z.string() })
			.parse(await context.req.json());
		const { channel, thread_ts, title } = body;
		return context.json(interactions.renameSession(context.get("user"), channel, thread_ts, title));
	});

	app.post("/look", async (context) => {
		const { channel, ts = null } = z
			.strictObject({ channel: z.string().optional(), ts: z.string().optional() })
			.parse(await context.req.json());
		const at = channel === undefined ? null : { channelId: channel, messageTs: ts };
		return context.json(interactions.look(context.get("user"), at));
	});

	app.post("/uninstall", (context) => {
		const user = context.get("user");
		const bot = botIn(store, user.team_id);
		const found = bot === null ? undefined : store.installation(bot.enterpriseId ?? bot.teamId);
		if (found === undefined) throw new Refused("app_not_installed");
		if (user.kind !== "admin") throw new Refused("not_allowed");
		endInstallation(world, found, "uninstalled");
		return context.json({ ok: true });
	});

	app.post("/faults", async (context) => {
		deps.addFaults(z.strictObject({ next: z.array(fault) }).parse(await context.req.json()).next);
		return context.json({ ok: true });
	});

	app.post("/disconnect", (context) => {
		deps.refreshSockets();
		return context.json({ ok: true });
	});

	return app;
}

/** Whether a person may be told of something: their own things, and what happens where they can look. */
function concerns(world: World, user: User, notice: Notice): boolean {
	if ("to" in notice) return notice.to === user.id;
	if (notice.type === "refused")
		return notice.refusal.team_id === user.team_id || user.team_id === APP.teamId;
	const channel = world.store.channel(notice.channel);
	return channel !== undefined && canSee(world, { userId: user.id, teamId: user.team_id }, channel);
}

function showState(world: World, user: User): Record<string, unknown> {
	const { store, manifest } = world;
	const caller = toCaller(user);
	const bot = botIn(store, user.team_id);
	const visible = store.channels().filter((channel) => canSee(world, caller, channel));
	const known = new Set(visible.flatMap((channel) => store.members(channel.id)));
	return {
		me: showUser(caller, user),
		team: store.team(user.team_id),
		teams: store.teams().map((team) => ({
			...team,
			users: store
				.users()
				.filter((one) => one.team_id === team.id && one.token !== null && !one.deleted)
				.map(({ id, name, real_name, token, kind }) => ({ id, name, real_name, token, kind })),
		})),
		app: {
			id: APP.id,
			name: manifest.display_information.name,
			bot_id: bot?.botId ?? "",
			bot_user_id: bot?.userId ?? "",
			bot_name: store.user(bot?.userId ?? APP.botUserId)?.name,
			installed: bot !== null,
			may_uninstall: bot !== null && user.kind === "admin",
			home_tab: manifest.features.app_home?.home_tab_enabled ?? false,
			commands: manifest.features.slash_commands,
			shortcuts: manifest.features.shortcuts,
		},
		channels: visible.map((channel) => ({
			...showChannel(world, caller, channel),
			members: store.members(channel.id),
			unread: store.unread(channel.id, user.id),
		})),
		users: store
			.users()
			.filter((one) => one.team_id === user.team_id || known.has(one.id))
			.map((one) => showUser(caller, one)),
		sessions: store
			.agentSessions()
			.filter((session) => visible.some((channel) => channel.id === session.channel_id)),
		code_channels: store
			.codeChannels()
			.filter(({ channel_id }) => visible.some((channel) => channel.id === channel_id)),
		suggested: store
			.suggestedPrompts()
			.filter(({ channel_id }) => visible.some((channel) => channel.id === channel_id)),
		refused: store.refusals().length,
	};
}
