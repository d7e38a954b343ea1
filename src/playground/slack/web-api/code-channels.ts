import { z } from "zod";
import type { Caller } from "../caller.ts";
import { canSee, findChannel, freeName, joinChannel, newChannel, requireMember } from "../channels.ts";
import type { Channel, ChannelView, CodeChannel } from "../model.ts";
import { Refused } from "../refused.ts";
import { newSlackId, type World } from "../world.ts";
import { requireAgentSessions } from "./agents.ts";
import { flag, needed, structure, word } from "./arguments.ts";
import { checkBlocks } from "./check-content.ts";
import { defineMethod, type Method } from "./method.ts";

/**
 * `agents.conversations.*` as docs.slack.dev and the types of @slack/web-api 8.2 tell of them. The codes `feature_disabled`,
 * `not_agent_channel`, `already_archived`, `view_not_found` and `content_too_large` are Slack's own; for what the pages
 * refuse without a code there is `invalid_arguments`. Canvases and commands are not offered. Slack's tiers are not known:
 * these are guesses on the careful side.
 */
const MAX_VIEWS = 5;
const MAX_CONTENT_BYTES = 1_000_000;
const MAX_SESSION_ID = 64;

const item = z
	.strictObject({
		key: z.string().min(1).max(64),
		label: z.string().min(1).max(128),
		icon: z
			.enum([
				...["branch", "folder", "hierarchy", "life-ring", "link"],
				...["globe", "terminal", "code", "search", "lock"],
			] as const)
			.optional(),
		url: z
			.url({ protocol: /^https?$/ })
			.max(2048)
			.optional(),
		item_type: z.enum(["info", "action"]).default("info"),
	})
	.refine(({ item_type, url }) => item_type === "info" || url === undefined, "an action has no url");
const codeChannel = z.strictObject({
	context_bar_items: z
		.array(item)
		.max(5)
		.refine((items) => new Set(items.map(({ key }) => key)).size === items.length, "keys are unique")
		.optional(),
	summary_message: z.strictObject({ message_ts: z.string(), thread_ts: z.string().optional() }).optional(),
});
const agentResource = z.strictObject({
	url: z.url().max(2048).optional(),
	resource_type: z.string().max(64).optional(),
	title: z.string().max(255).optional(),
	provider: z.string().max(64).optional(),
});

const ours = { scopes: ["code_channels:manage"], tokens: ["bot"] } as const;

export const codeChannelMethods: Record<string, Method> = {
	"agents.conversations.create": defineMethod({
		tier: "tier2",
		...ours,
		args: {
			name: needed,
			session_id: word.optional(),
			is_private: flag.optional(),
			origin_channel_id: word.optional(),
			origin_message_ts: word.optional(),
		},
		run(world, caller, args) {
			requireCodeChannels(world, caller);
			if ((args.session_id ?? "").length > MAX_SESSION_ID) throw invalid("session_id is too long");
			const known = args.session_id ? world.store.codeChannelOf(args.session_id) : undefined;
			if (known !== undefined) return { channel_id: known.channel_id };
			const origin = findOrigin(world, caller, args);
			const isPrivate = args.is_private ?? (origin !== null && origin.channel.kind !== "channel");
			const channel = newChannel(world, {
				id: newSlackId("C"),
				name: freeName(world, caller.teamId, args.name),
				kind: isPrivate ? "group" : "channel",
				team_ids: [caller.teamId],
				creator: caller.userId,
			});
			world.store.inTransaction(() => {
				world.store.saveChannel(channel);
				world.store.saveCodeChannel({
					channel_id: channel.id,
					session_id: args.session_id ?? null,
					bot_user_id: caller.userId,
					origin_link: origin === null ? null : { channel_id: origin.channel.id, ts: origin.ts },
					context_bar_items: [],
					summary_message: null,
					agent_resource: {},
					views: [],
				});
				world.store.saveAgentSession({
					channel_id: channel.id,
					thread_ts: "",
					status: "active",
					title: args.name,
					loading_messages: [],
					expires_at: null,
				});
				for (const id of new Set([caller.userId, ...(origin === null ? [] : [origin.author])])) {
					const user = world.store.user(id);
					if (user !== undefined && !user.deleted) joinChannel(world, channel, user, null);
				}
			});
			world.notify({ type: "channel_changed", channel: channel.id });
			return { channel_id: channel.id };
		},
	}),

	"agents.conversations.archive": defineMethod({
		tier: "tier2",
		...ours,
		args: { channel_id: needed, summary_message_ts: word.optional() },
		run(world, caller, args) {
			const { channel, code } = findCodeChannel(world, caller, args.channel_id, { archived: true });
			if (channel.is_archived) throw new Refused("already_archived");
			// A time of no message is passed over, the docs say; of one it is kept.
			const summary = args.summary_message_ts ?? "";
			if (world.store.message(channel.id, summary) !== undefined)
				world.store.saveCodeChannel({ ...code, summary_message: { message_ts: summary } });
			world.store.saveChannel({ ...channel, is_archived: true });
			world.notify({ type: "channel_changed", channel: channel.id });
			return {};
		},
	}),

	"agents.conversations.setProperties": defineMethod({
		tier: "tier3",
		...ours,
		args: { channel_id: needed, code_channel: structure.optional(), agent_resource: structure.optional() },
		run(world, caller, args) {
			const { channel, code } = findCodeChannel(world, caller, args.channel_id);
			if (args.code_channel === undefined && args.agent_resource === undefined)
				throw invalid("at least one property is needed");
			const given = parse(codeChannel, args.code_channel ?? {});
			const resource = parse(agentResource, args.agent_resource ?? {});
			world.store.saveCodeChannel({
				...code,
				...(given.context_bar_items === undefined ? {} : { context_bar_items: given.context_bar_items }),
				...(given.summary_message === undefined ? {} : { summary_message: given.summary_message }),
				agent_resource: { ...code.agent_resource, ...(resource as Record<string, string>) },
			});
			world.notify({ type: "channel_changed", channel: channel.id });
			return { channel_id: channel.id };
		},
	}),

	"agents.conversations.setView": defineMethod({
		tier: "tier3",
		...ours,
		args: {
			channel_id: needed,
			type: word.default("html"),
			view_key: word.optional(),
			content: word.optional(),
			blocks: structure.optional(),
			pr_url: word.optional(),
			base_branch: word.optional(),
			head_branch: word.optional(),
			name: word.optional(),
		},
		run(world, caller, args) {
			const { channel, code } = findCodeChannel(world, caller, args.channel_id);
			const wanted = readView(args);
			const before = code.views.find((view) =>
				wanted.view_key === undefined ? view.type === wanted.type : view.view_key === wanted.view_key,
			);
			if (before === undefined && code.views.length >= MAX_VIEWS) throw invalid("five views at most");
			const view: ChannelView = {
				...wanted,
				view_id: before?.view_id ?? newSlackId("T"),
				content_version: (before?.content_version ?? 0) + 1,
				date_added: before?.date_added ?? Math.floor(world.now() / 1000),
			};
			const views =
				before === undefined ? [...code.views, view] : code.views.map((one) => (one === before ? view : one));
			world.store.saveCodeChannel({ ...code, views });
			world.notify({ type: "channel_changed", channel: channel.id });
			return {
				channel_id: channel.id,
				view_id: view.view_id,
				type: view.type,
				content_version: view.content_version,
			};
		},
	}),

	"agents.conversations.listViews": defineMethod({
		tier: "tier3",
		...ours,
		args: { channel_id: needed },
		run(world, caller, args) {
			const { code } = findCodeChannel(world, caller, args.channel_id, { archived: true });
			return {
				views: code.views.map(({ view_id, view_key, label, content_version, date_added }) => ({
					view_id,
					...(view_key === undefined ? {} : { view_key }),
					label,
					content_version,
					date_added,
				})),
			};
		},
	}),

	"agents.conversations.removeView": defineMethod({
		tier: "tier3",
		...ours,
		args: { channel_id: needed, view_key: word.optional(), view_id: word.optional() },
		run(world, caller, args) {
			const { channel, code } = findCodeChannel(world, caller, args.channel_id);
			if ((args.view_key === undefined) === (args.view_id === undefined))
				throw invalid("exactly one of view_key and view_id");
			const found = code.views.find(
				(view) => view.view_id === args.view_id || (args.view_key && view.view_key === args.view_key),
			);
			if (found === undefined) throw new Refused("view_not_found");
			world.store.saveCodeChannel({ ...code, views: code.views.filter((view) => view !== found) });
			world.notify({ type: "channel_changed", channel: channel.id });
			return { channel_id: channel.id, view_id: found.view_id };
		},
	}),
};

/** @throws Refused `not_authorized` (the app is registered without them) or `feature_disabled` (the workspace has none) */
function requireCodeChannels(world: World, caller: Caller): void {
	if (!world.manifest.features.code_channels?.enabled) throw new Refused("not_authorized");
	requireAgentSessions(world, caller);
}

/** Only the agent whose it is may change a code channel. */
function findCodeChannel(
	world: World,
	caller: Caller,
	id: string,
	{ archived = false } = {},
): { channel: Channel; code: CodeChannel } {
	requireCodeChannels(world, caller);
	const channel = findChannel(world, caller, id);
	const code = world.store.codeChannel(channel.id);
	if (code === undefined || code.bot_user_id !== caller.userId) throw new Refused("not_agent_channel");
	requireMember(world, caller, channel);
	if (channel.is_archived && !archived) throw new Refused("is_archived");
	return { channel, code };
}

/** The message with which the work began; null: none is named. */
function findOrigin(
	world: World,
	caller: Caller,
	args: { origin_channel_id?: string | undefined; origin_message_ts?: string | undefined },
): { channel: Channel; ts: string; author: string } | null {
	const { origin_channel_id: id, origin_message_ts: ts } = args;
	if (id === undefined && ts === undefined) return null;
	if (id === undefined || ts === undefined) throw invalid("both of the origin, or none");
	const channel = world.store.channel(id);
	if (channel === undefined || !canSee(world, caller, channel)) throw new Refused("channel_not_found");
	if (channel.team_ids.length > 1) throw invalid("the origin is shared with others");
	const message = world.store.message(channel.id, ts);
	if (message === undefined) throw new Refused("message_not_found");
	return { channel, ts, author: message.user };
}

function readView(args: {
	type: string;
	view_key?: string | undefined;
	content?: string | undefined;
	blocks?: unknown;
	pr_url?: string | undefined;
	base_branch?: string | undefined;
	head_branch?: string | undefined;
	name?: string | undefined;
}): Omit<ChannelView, "view_id" | "content_version" | "date_added"> {
	const { type, view_key, content, pr_url, name } = args;
	if ((type === "html" || type === "diff") && !content) throw invalid("content is needed");
	if (content !== undefined && Buffer.byteLength(content) > MAX_CONTENT_BYTES)
		throw new Refused("content_too_large");
	switch (type) {
		case "diff": {
			const { base_branch, head_branch } = args;
			return { type, label: name ?? "Diff", content, base_branch, head_branch };
		}
		case "pull_request":
			if (!pr_url || !z.url({ protocol: /^https?$/ }).safeParse(pr_url).success)
				throw invalid("pr_url is needed");
			return { type, label: name ?? "Pull request", pr_url };
		case "html":
		case "block_kit": {
			if (!view_key) throw invalid("view_key is needed");
			const blocks = type === "block_kit" ? checkBlocks(args.blocks) : undefined;
			if (type === "block_kit" && blocks === undefined) throw invalid("blocks are needed");
			const label =
				name ??
				view_key
					.split("/")
					.at(-1)
					?.replace(/\.html?$/, "") ??
				view_key;
			return { type, view_key, label, content, blocks };
		}
		default:
			throw invalid(`no such type of view: ${type}`);
	}
}

function parse<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
	const parsed = schema.safeParse(value);
	if (parsed.success) return parsed.data;
	throw invalid(...parsed.error.issues.map((issue) => `${issue.path.join("/")}: ${issue.message}`));
}

function invalid(...why: string[]): Refused {
	return new Refused(
		"invalid_arguments",
		why.map((one) => `[ERROR] ${one}`),
	);
}
