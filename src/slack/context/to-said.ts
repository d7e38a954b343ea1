import type { SaidMessage } from "../../db/schema/prompts.ts";
import { cut } from "../text/escape.ts";
import { mentionedUsers, type SlackNames } from "../text/from-slack.ts";
import type { Directory, SlackPerson } from "../web-api/directory.ts";
import { isQuoted, messageToText, quotedToText } from "./message-text.ts";
import type { SlackMessage, SpokenMessage } from "./slack-message.ts";

const MAX_MESSAGE_CHARACTERS = 4_000;
const MAX_PEOPLE = 60;

type Speaker = Pick<SlackMessage, "user" | "bot_id" | "username" | "bot_profile"> & SpokenMessage;

/** Who speaks and is spoken of, as far as Slack says so. */
export interface Voices {
	names: SlackNames;
	people: ReadonlyMap<string, SlackPerson>;
}

/** Looks up everybody who wrote or is mentioned in messages. Of whom Slack does not tell, the id stands. */
export async function findVoices(
	directory: Directory,
	messages: readonly Speaker[],
	botUserId: string,
): Promise<Voices> {
	const ids = messages.flatMap((message) => [
		...(message.user ? [message.user] : []),
		...(message.attachments ?? []).flatMap(({ author_id: id }) => (id ? [id] : [])),
		...mentionedUsers(JSON.stringify([message.text, message.attachments ?? []])),
	]);
	const wanted = [...new Set(ids)].filter((id) => id !== botUserId).slice(0, MAX_PEOPLE);
	const found = await Promise.allSettled(wanted.map((id) => directory.person(id)));
	const people = new Map(
		found.flatMap((result) =>
			result.status === "fulfilled" ? [[result.value.userId, result.value] as const] : [],
		),
	);
	const users = new Map([...people].map(([id, { name }]) => [id, name]));
	return { names: { botUserId, users }, people };
}

/** Pure. A message of a thread as the agent is told of it; null where it says nothing. */
export function toSaid(message: Speaker, { names, people }: Voices): SaidMessage | null {
	const text = messageToText(message, names);
	const forwarded = toQuoted(message, { names, people }).map(
		({ author, text: words }) => `Forwarded from ${author}:\n${words}`,
	);
	const whole = [text, ...forwarded].filter((part) => part !== "").join("\n");
	if (whole === "") return null;
	const person = people.get(message.user ?? "");
	const isApp = Boolean(message.bot_id) || person?.kind === "bot";
	const appName = message.username || message.bot_profile?.name;
	const author = (isApp ? appName : null) || person?.name || appName || message.user || "someone";
	return { author, text: cut(whole, MAX_MESSAGE_CHARACTERS), ...standing(isApp, person) };
}

/** Pure. The messages that one forwards. */
export function toQuoted(message: SpokenMessage, { names, people }: Voices): SaidMessage[] {
	return (message.attachments ?? []).filter(isQuoted).flatMap((attachment) => {
		const text = quotedToText(attachment, names);
		if (text === "") return [];
		const person = people.get(attachment.author_id ?? "");
		const isApp = Boolean(attachment.bot_id) || person?.kind === "bot";
		return [
			{
				author: person?.name || attachment.author_name || "someone",
				text: cut(text, MAX_MESSAGE_CHARACTERS),
				...standing(isApp, person),
				...(attachment.channel_name ? { place: `#${attachment.channel_name}` } : {}),
			},
		];
	});
}

function standing(isApp: boolean, person: SlackPerson | undefined): Pick<SaidMessage, "by"> {
	if (isApp) return { by: "app" };
	return person?.kind === "external" ? { by: "outside" } : {};
}
