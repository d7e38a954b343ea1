import { randomUUID } from "node:crypto";
import { fillIds } from "../block-kit/fill-ids.ts";
import { botIn, installationOf } from "../bots.ts";
import { type Caller, requireScope } from "../caller.ts";
import { canSee } from "../channels.ts";
import { composeText, type Directory, toRichText } from "../compose-text.ts";
import type { Message, Metadata } from "../model.ts";
import { Refused } from "../refused.ts";
import { APP, newSlackId, type World } from "../world.ts";
import { flag, structure, word } from "./arguments.ts";
import { checkAttachments, checkBlocks, checkMetadata, checkPictures } from "./check-content.ts";

const MAX_POSTED_CHARACTERS = 40_000;
const MAX_MARKDOWN_CHARACTERS = 12_000;

/** The arguments that say what a message holds. */
export const content = {
	text: word.optional(),
	markdown_text: word.optional(),
	blocks: structure.optional(),
	attachments: structure.optional(),
	metadata: structure.optional(),
	parse: word.optional(),
	link_names: flag.optional(),
	mrkdwn: flag.optional(),
	as_user: flag.optional(),
};
export const authorship = {
	username: word.optional(),
	icon_emoji: word.optional(),
	icon_url: word.optional(),
};

interface ContentArgs {
	text?: string | undefined;
	markdown_text?: string | undefined;
	blocks?: unknown;
	attachments?: unknown;
	metadata?: unknown;
	username?: string | undefined;
	icon_emoji?: string | undefined;
	icon_url?: string | undefined;
	as_user?: boolean | undefined;
}

/** What a message is to hold: undefined where nothing was said, empty or null where it is to be taken away. */
export interface Content {
	text: string;
	blocks: unknown[] | undefined;
	attachments: unknown[] | undefined;
	metadata: Metadata | null | undefined;
}

/** @throws Refused when there is nothing to show, or Slack would not take it */
export function readContent(world: World, caller: Caller, args: ContentArgs, previous?: Message): Content {
	if (caller.kind === "bot" && args.as_user) throw new Refused("as_user_not_supported");
	const blocks = checkBlocks(args.blocks);
	checkPictures(world, caller, blocks ?? []);
	const attachments = checkAttachments(args.attachments);
	const metadata = checkMetadata(caller, args.metadata);
	if (args.markdown_text !== undefined && (args.text || blocks)) throw new Refused("markdown_text_conflict");
	if ((args.markdown_text ?? "").length > MAX_MARKDOWN_CHARACTERS) throw new Refused("msg_too_long");
	if (!args.text && !args.markdown_text && !blocks?.length && !attachments?.length)
		throw new Refused("no_text");
	if (blocks !== undefined && blocks.length > 0 && isRich(previous?.blocks) && !isRich(blocks)) {
		throw new Refused("block_mismatch");
	}

	const typed = (args.text ?? "").slice(0, MAX_POSTED_CHARACTERS);
	const text = caller.kind === "user" ? composeText(typed, directory(world, caller)) : typed;
	return {
		text: text || (args.markdown_text ?? ""),
		blocks: chooseBlocks(caller, text, args.markdown_text, blocks),
		attachments,
		metadata,
	};
}

function chooseBlocks(
	caller: Caller,
	text: string,
	markdown: string | undefined,
	blocks: unknown[] | undefined,
): unknown[] | undefined {
	const newId = () => newSlackId("").slice(0, 5);
	if (markdown !== undefined) return [{ type: "markdown", text: markdown, block_id: newId() }];
	if (blocks !== undefined) return fillIds(blocks, newId);
	return caller.kind === "user" && text !== "" ? [toRichText(text, newId())] : undefined;
}

function isRich(blocks: unknown[] | undefined): boolean {
	return blocks?.some((block) => (block as { type?: unknown }).type === "rich_text") ?? false;
}

/** A message with new content; what the content does not mention stays. */
export function applyContent(message: Message, { text, blocks, attachments, metadata }: Content): Message {
	const { blocks: oldBlocks, attachments: oldAttachments, metadata: oldMetadata, ...rest } = message;
	const chosen = {
		blocks: blocks ?? oldBlocks ?? [],
		attachments: attachments ?? oldAttachments ?? [],
		metadata: metadata === undefined ? oldMetadata : metadata,
	};
	return {
		...rest,
		text,
		...(chosen.blocks.length > 0 ? { blocks: chosen.blocks } : {}),
		...(chosen.attachments.length > 0 ? { attachments: chosen.attachments } : {}),
		...(chosen.metadata ? { metadata: chosen.metadata } : {}),
	};
}

/** @throws Refused as {@link readContent}, and `missing_scope` for a name or picture of the app's choice */
export function newMessage(world: World, caller: Caller, args: ContentArgs): Message {
	if (args.username !== undefined || args.icon_emoji !== undefined || args.icon_url !== undefined) {
		requireScope(caller, ["chat:write.customize"]);
	}
	const empty: Message = {
		type: "message",
		user: caller.userId,
		text: "",
		ts: world.newTs(),
		team: caller.teamId,
		...(args.username ? { username: args.username } : {}),
		...(args.icon_emoji || args.icon_url
			? { icons: { emoji: args.icon_emoji, image_48: args.icon_url } }
			: {}),
		...(caller.kind === "bot" ? byApp(world, caller.userId) : { client_msg_id: randomUUID() }),
	};
	return applyContent(empty, readContent(world, caller, args));
}

/** The fields that mark a message as written by the app. */
function byApp(world: World, botUserId: string): Pick<Message, "bot_id" | "app_id" | "bot_profile"> {
	const botId = installationOf(world.store, botUserId)?.bot_id ?? "";
	const bot = world.store.user(botUserId);
	return {
		bot_id: botId,
		app_id: APP.id,
		bot_profile: {
			id: botId,
			app_id: APP.id,
			user_id: botUserId,
			name: bot?.name ?? "",
			icons: {},
			deleted: false,
			updated: 0,
			team_id: bot?.team_id ?? "",
		},
	};
}

/** Whom and what somebody can name in a message. */
export function directory(world: World, caller: { userId: string; teamId: string }): Directory {
	const bots = new Set(world.store.installations().map((one) => one.bot_user_id));
	const own = botIn(world.store, caller.teamId)?.userId;
	const users = world.store
		.users()
		.filter((user) => user.team_id === caller.teamId || bots.has(user.id))
		// Of two bots of one name the workspace's own is meant, so it comes last.
		.toSorted((a, b) => Number(a.id === own) - Number(b.id === own));
	const channels = world.store.channels().filter((channel) => channel.name && canSee(world, caller, channel));
	return {
		users: new Map(users.map((user) => [user.name, user.id])),
		channels: new Map(channels.map((channel) => [channel.name, channel.id])),
	};
}
