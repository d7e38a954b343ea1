import type { Conversation, Person, Workspace } from "../state/types.ts";
import { emojiSign, searchEmoji } from "../text/emoji.ts";

const SHOWN = 8;

export interface Suggestion {
	key: string;
	/** What stands in the field afterwards, instead of the word that is being typed. */
	insert: string;
	label: string;
	detail: string;
	sign: string;
	/** It is no text but a shortcut of the app, by its callback id. */
	shortcut?: string;
}

/** Who and what can be named. */
interface Surroundings {
	people: Map<string, Person>;
	channels: Map<string, Conversation>;
	workspace: Workspace;
}

/** The word before the cursor that calls for help, from its sign on. */
export interface OpenWord {
	start: number;
	sign: "@" | "#" | ":" | "/";
	query: string;
}

/** Finds the `@name`, `#channel`, `:emoji` or `/command` that is being typed at the cursor. */
export function findOpenWord(text: string, cursor: number): OpenWord | null {
	const before = text.slice(0, cursor);
	const command = /^\/([\w-]*)$/.exec(before);
	if (command !== null) return { start: 0, sign: "/", query: command[1] ?? "" };
	const word = /(?:^|[\s(])([@#]|:(?=[\w+-]{2}))([\p{L}\p{N}._+-]*)$/u.exec(before);
	if (word === null) return null;
	const [, sign = "", query = ""] = word;
	return { start: cursor - sign.length - query.length, sign: sign as OpenWord["sign"], query };
}

/** What could be meant, the app first among people. */
export function suggest(word: OpenWord, desk: Surroundings): Suggestion[] {
	const wanted = word.query.toLowerCase();
	const begins = (...names: string[]) =>
		names.some(
			(name) =>
				name
					.toLowerCase()
					.split(/[\s._-]+/)
					.some((part) => part.startsWith(wanted)) || name.toLowerCase().startsWith(wanted),
		);
	return candidates(word, desk, begins).slice(0, SHOWN);
}

function candidates(
	word: OpenWord,
	{ people, channels, workspace }: Surroundings,
	begins: (...names: string[]) => boolean,
): Suggestion[] {
	if (word.sign === ":") {
		return searchEmoji(word.query, SHOWN).map((name) => ({
			key: name,
			insert: `:${name}:`,
			label: `:${name}:`,
			detail: "",
			sign: emojiSign(name) ?? "",
		}));
	}
	if (word.sign === "#") {
		return [...channels.values()].flatMap((channel) =>
			channel.name && !channel.is_mpim && begins(channel.name)
				? [{ key: channel.id, insert: `#${channel.name}`, label: channel.name, detail: "", sign: "#" }]
				: [],
		);
	}
	if (word.sign === "/") {
		const known = [
			...(workspace.app.installed ? workspace.app.commands : []),
			{ command: "/invite", usage_hint: "@somebody", description: "Adds somebody to this channel" },
		];
		const commands = known
			.filter(({ command }) => begins(command.slice(1)))
			.map(({ command, usage_hint: hint, description }) => ({
				key: command,
				insert: command,
				label: `${command} ${hint}`,
				detail: description,
				sign: "/",
			}));
		const shortcuts = workspace.app.shortcuts
			.filter(({ type, name }) => workspace.app.installed && type === "global" && begins(name))
			.map(({ name, callback_id: shortcut, description }) => ({
				key: `shortcut:${shortcut}`,
				insert: "",
				label: name,
				detail: description,
				sign: "⚡",
				shortcut,
			}));
		return [...commands, ...shortcuts];
	}
	const isApp = (id: string) => id === workspace.app.bot_user_id;
	return [...people.values()]
		.filter((person) => !person.deleted && begins(person.name, person.real_name))
		.sort((a, b) => Number(isApp(b.id)) - Number(isApp(a.id)))
		.map((person) => ({
			key: person.id,
			insert: `@${person.name}`,
			label: person.real_name,
			detail: isApp(person.id) ? `${person.name} · app` : person.name,
			sign: isApp(person.id) ? "🧵" : "@",
		}));
}
