import { z } from "zod";
import type { Caller } from "../caller.ts";
import { findChannel, freeName } from "../channels.ts";
import { listens } from "../events.ts";
import type { AgentSession } from "../model.ts";
import { Refused } from "../refused.ts";
import type { World } from "../world.ts";
import { needed, requireTs, structure, word } from "./arguments.ts";
import { defineMethod, type Method } from "./method.ts";

/** Slack takes an assistant's status line away after two minutes. */
const STATUS_LIFETIME_S = 120;
const AGENT_STATUSES = ["active", "processing", "suspended", "closed"];
const loadingMessages = z.array(z.string().max(50)).min(1).max(10);
const prompts = z
	.array(z.strictObject({ title: z.string().min(1), message: z.string().min(1) }))
	.min(1)
	.max(4);
const look = { icon_emoji: word.optional(), icon_url: word.optional(), username: word.optional() };
const thread = { channel_id: needed, thread_ts: word.optional() };

export const agentMethods: Record<string, Method> = {
	"agents.sessions.setStatus": defineMethod({
		tier: "tier3",
		scopes: ["chat:write"],
		tokens: ["bot"],
		args: {
			...thread,
			status: needed,
			title: word.optional(),
			initiator_user_id: word.optional(),
			...look,
		},
		run(world, caller, args) {
			requireAgentSessions(world, caller);
			const session = findSession(world, caller, args.channel_id, args.thread_ts);
			if (!AGENT_STATUSES.includes(args.status)) throw new Refused("invalid_status");
			if (args.initiator_user_id !== undefined && !world.store.user(args.initiator_user_id)) {
				throw new Refused("user_not_found");
			}
			save(world, {
				...session,
				status: args.status,
				title: session.title ?? args.title?.slice(0, 200) ?? null,
				expires_at: null,
			});
			return args.status === "processing" && !listens(world, "agent_session_stopped")
				? { warning: "missing_agent_session_stopped_event_subscription" }
				: {};
		},
	}),

	"agents.sessions.rename": defineMethod({
		tier: "tier3",
		scopes: ["chat:write"],
		tokens: ["bot"],
		args: { ...thread, title: needed },
		run(world, caller, args) {
			requireAgentSessions(world, caller);
			const session = findSession(world, caller, args.channel_id, args.thread_ts);
			if (world.store.agentSession(session.channel_id, session.thread_ts) === undefined) {
				throw new Refused("session_not_found");
			}
			if (args.title.length > 200) throw new Refused("invalid_name");
			save(world, { ...session, title: args.title });
			if (session.thread_ts === "") renameChannel(world, session.channel_id, args.title);
			return {};
		},
	}),

	"assistant.threads.setStatus": defineMethod({
		tier: "special",
		scopes: ["chat:write"],
		tokens: ["bot"],
		args: { ...thread, thread_ts: needed, status: word, loading_messages: structure.optional(), ...look },
		run(world, caller, args) {
			const session = findSession(world, caller, args.channel_id, args.thread_ts);
			const messages = loadingMessages.optional().safeParse(args.loading_messages);
			if (!messages.success) throw new Refused("invalid_arguments", ["[ERROR] invalid loading_messages"]);
			save(world, {
				...session,
				status: args.status,
				loading_messages: messages.data ?? [],
				expires_at: args.status === "" ? null : Math.floor(world.now() / 1000) + STATUS_LIFETIME_S,
			});
			return {};
		},
	}),

	"assistant.threads.setTitle": defineMethod({
		tier: "tier4",
		scopes: ["assistant:write"],
		tokens: ["bot"],
		args: { ...thread, thread_ts: needed, title: needed },
		run(world, caller, args) {
			save(world, { ...findSession(world, caller, args.channel_id, args.thread_ts), title: args.title });
			return {};
		},
	}),

	"assistant.threads.setSuggestedPrompts": defineMethod({
		tier: "tier4",
		scopes: ["assistant:write"],
		tokens: ["bot"],
		args: { ...thread, prompts: structure, title: word.optional() },
		run(world, caller, args) {
			const { features } = world.manifest;
			const isAgent = features.agent_view !== undefined || features.assistant_view !== undefined;
			if (!isAgent || lacksAgents(world, caller)) throw new Refused("not_agent_app");
			const channel = findChannel(world, caller, args.channel_id);
			if (args.thread_ts !== undefined) requireTs(args.thread_ts, "invalid_thread_ts");
			const given = prompts.safeParse(args.prompts);
			if (!given.success) {
				throw new Refused("invalid_arguments", ["[ERROR] prompts: one to four of {title, message}"]);
			}
			const suggested = { channel_id: channel.id, title: args.title ?? null, prompts: given.data };
			world.store.saveSuggestedPrompts(suggested);
			world.notify({ type: "suggested_prompts", channel: channel.id, suggested });
			return {};
		},
	}),
};

/** @throws Refused `not_authorized` (the app is no agent) or `feature_disabled` (the workspace has no agent sessions) */
export function requireAgentSessions(world: World, caller: Caller): void {
	if (world.manifest.features.agent_view === undefined) throw new Refused("not_authorized");
	if (lacksAgents(world, caller)) throw new Refused("feature_disabled");
}

function lacksAgents(world: World, caller: Caller): boolean {
	return world.store.team(caller.teamId)?.lacks_agents === true;
}

/** The title of a session that is a whole channel is its name, too. */
function renameChannel(world: World, channelId: string, title: string): void {
	const channel = world.store.channel(channelId);
	if (channel === undefined) return;
	if (channel.is_archived) throw new Refused("is_archived");
	const name = freeName(world, channel.team_ids[0] ?? "", title, channel.id);
	world.store.saveChannel({ ...channel, name });
	world.notify({ type: "channel_changed", channel: channel.id });
}

/** The agent session of a thread or of a code channel, or a new one that is not kept yet. */
function findSession(
	world: World,
	caller: Caller,
	channelId: string,
	threadTs: string | undefined,
): AgentSession {
	const channel = findChannel(world, caller, channelId);
	const isSession = world.store.codeChannel(channel.id) !== undefined;
	if (isSession && threadTs) throw new Refused("thread_ts_not_allowed");
	if (!isSession && !threadTs) throw new Refused("thread_ts_required");
	const ts = threadTs ?? "";
	if (!isSession) {
		requireTs(ts, "invalid_thread_ts");
		if (world.store.message(channel.id, ts) === undefined) throw new Refused("invalid_thread_ts");
	}
	return (
		world.store.agentSession(channel.id, ts) ?? {
			channel_id: channel.id,
			thread_ts: ts,
			status: "",
			title: null,
			loading_messages: [],
			expires_at: null,
		}
	);
}

function save(world: World, session: AgentSession): void {
	world.store.saveAgentSession(session);
	world.notify({ type: "agent_status", channel: session.channel_id, session });
}
