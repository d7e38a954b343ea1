import { randomUUID } from "node:crypto";
import { botIn } from "./bots.ts";
import { emitInChannel, emitToApp } from "./events.ts";
import type { Channel, Message, User } from "./model.ts";
import { newSlackId, type World } from "./world.ts";

/** Tells the app of links to its domains in a message that was posted. Needs `links:read`. */
export function emitPostedLinks(world: World, channel: Channel, message: Message): void {
	if (message.bot_id !== undefined) return;
	const links = findLinks(
		world,
		[...message.text.matchAll(/<(https?:[^|>]+)/g)].map(([, url = ""]) => url),
	);
	if (links.length === 0) return;
	emitInChannel(world, channel, "link_shared", {
		type: "link_shared",
		user: message.user,
		channel: channel.id,
		message_ts: message.ts,
		...(message.thread_ts ? { thread_ts: message.thread_ts } : {}),
		links,
		source: "conversations_history",
		unfurl_id: newSlackId("Uf"),
		is_bot_user_member: true,
		event_ts: message.ts,
	});
}

/**
 * The same for what somebody is still writing, for the preview under the composer. No conversation is named: `channel`
 * is "COMPOSER", and `message_ts` is no time (api.slack.com/changelog/2021-08-changes-to-unfurls).
 */
export function emitComposedLinks(world: World, user: User, text: string): { links: number } {
	const links = findLinks(world, text.match(/https?:\/\/[^\s<>|]+/g) ?? []);
	if (links.length === 0 || botIn(world.store, user.team_id) === null) return { links: 0 };
	const unfurlId = `${user.id}-${randomUUID()}`;
	emitToApp(world, user.team_id, "link_shared", {
		type: "link_shared",
		user: user.id,
		channel: "COMPOSER",
		message_ts: unfurlId,
		links,
		source: "composer",
		unfurl_id: unfurlId,
		is_bot_user_member: true,
		event_ts: world.newTs(),
	});
	return { links: links.length };
}

/** Those of the domains that the app registered, and of what is under them. */
function findLinks(world: World, urls: string[]): { domain: string; url: string }[] {
	const { features, oauth_config } = world.manifest;
	if (!oauth_config.scopes.bot.includes("links:read")) return [];
	return [...new Set(urls)].flatMap((url) => {
		const host = URL.canParse(url) ? new URL(url).hostname : "";
		const domain = features.unfurl_domains.find((known) => host === known || host.endsWith(`.${known}`));
		return domain === undefined ? [] : [{ domain, url }];
	});
}
