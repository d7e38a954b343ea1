import { z } from "zod";
import { botIn, botInChannel } from "./bots.ts";
import { toCaller } from "./caller.ts";
import { addEphemeral, addMessage, changeMessage, removeMessage } from "./messages.ts";
import type { Message } from "./model.ts";
import { Refused } from "./refused.ts";
import { flag, structure, word } from "./web-api/arguments.ts";
import { applyContent, newMessage, readContent } from "./web-api/content.ts";
import { newSlackId, type World } from "./world.ts";

const USES = 5;
const LIFETIME_MS = 30 * 60_000;

/** Where a `response_url` leads: to whoever acted, in their channel, and to the message that they acted on. */
export interface ResponseTarget {
	channelId: string;
	userId: string;
	threadTs: string | null;
	/** The message acted on, or null for a slash command. */
	messageTs: string | null;
	isEphemeral: boolean;
}

const replySchema = z.strictObject({
	text: word.optional(),
	blocks: structure.optional(),
	attachments: structure.optional(),
	metadata: structure.optional(),
	response_type: z.enum(["ephemeral", "in_channel"]).optional(),
	replace_original: flag.optional(),
	delete_original: flag.optional(),
	thread_ts: word.optional(),
	unfurl_links: flag.optional(),
	unfurl_media: flag.optional(),
	mrkdwn: flag.optional(),
	parse: word.optional(),
	link_names: flag.optional(),
});

export function issueResponseUrl(world: World, target: ResponseTarget): string {
	const id = newSlackId("R") + newSlackId("");
	world.store.saveResponseUrl(id, target, USES, world.now() + LIFETIME_MS);
	return `${world.url}/response/${id}`;
}

/** Handles a POST to a `response_url`. */
export function answerResponseUrl(world: World, id: string, payload: unknown): Response {
	const row = world.store.responseUrl(id);
	const target = row === undefined ? null : (JSON.parse(String(row.body)) as ResponseTarget);
	const teamId = target === null ? null : (world.store.user(target.userId)?.team_id ?? null);
	const fail = (error: string, status: 400 | 404, messages: string[] = []): Response => {
		world.refuse({ method: "response_url", team_id: teamId, user: null, error, messages, args: payload });
		return Response.json({ ok: false, error }, { status });
	};
	if (row === undefined || target === null) return fail("invalid_url", 404);
	if (Number(row.expires_at) < world.now()) return fail("expired_url", 404);
	if (Number(row.uses_left) <= 0) return fail("used_url", 404);
	try {
		respond(world, target, payload);
	} catch (error) {
		if (error instanceof Refused) return fail(error.error, 400, error.messages);
		throw error;
	}
	world.store.spendResponseUrl(id);
	return new Response("ok");
}

/**
 * Shows what an app answered to a command or an interaction.
 * @throws Refused `invalid_payload` and whatever a message can be refused for
 */
export function respond(world: World, target: ResponseTarget, payload: unknown): void {
	const parsed = replySchema.safeParse(typeof payload === "string" ? { text: payload } : payload);
	if (!parsed.success) {
		throw new Refused(
			"invalid_payload",
			parsed.error.issues.map((issue) => `[ERROR] ${issue.path.join(".")}: ${issue.message}`),
		);
	}
	const reply = parsed.data;
	const channel = world.store.channel(target.channelId);
	const askingTeam = world.store.user(target.userId)?.team_id ?? "";
	const installed =
		channel === undefined
			? null
			: (botInChannel(world.store, channel, askingTeam) ?? botIn(world.store, askingTeam));
	const bot = installed === null ? undefined : world.store.user(installed.userId);
	if (channel === undefined || bot === undefined) throw new Refused("channel_not_found");
	const caller = { ...toCaller(bot), kind: "bot" as const, scopes: ["chat:write"] };

	const original = findOriginal(world, target);
	if (original !== null && (reply.delete_original || reply.replace_original)) {
		const next = reply.delete_original
			? null
			: applyContent(
					{ ...original, blocks: [], attachments: [] },
					readContent(world, caller, reply, { ...original, blocks: [] }),
				);
		if (target.isEphemeral) {
			world.store.replaceEphemeral(channel.id, original.ts, next);
			world.notify(
				next === null
					? { type: "ephemeral_deleted", to: target.userId, channel: channel.id, ts: original.ts }
					: { type: "ephemeral", to: target.userId, channel: channel.id, message: next },
			);
		} else if (next === null) removeMessage(world, channel, original);
		else changeMessage(world, channel, next, original);
		return;
	}

	const message: Message = newMessage(world, caller, reply);
	const threadTs = reply.thread_ts ?? target.threadTs;
	if (threadTs) message.thread_ts = threadTs;
	if (reply.response_type === "in_channel") addMessage(world, channel, message);
	else addEphemeral(world, channel.id, target.userId, message);
}

function findOriginal(world: World, target: ResponseTarget): Message | null {
	if (target.messageTs === null) return null;
	const found = target.isEphemeral
		? world.store.ephemeral(target.channelId, target.messageTs)
		: world.store.message(target.channelId, target.messageTs);
	return found ?? null;
}
