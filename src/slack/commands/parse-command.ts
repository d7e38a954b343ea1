import { type CapChoice, capChoice } from "../../contract/budget.ts";
import { parseWord } from "./parse-words.ts";
import { stepsBetween } from "./steps-between.ts";

/** Whose money of a month it is. */
export type BudgetWho = "me" | "channel" | "workspace";

/** What begins or changes something, so that it must be kept before it is acknowledged. */
export type DoingCommand =
	| { command: "new"; text: string }
	| { command: "spawn"; texts: string[] }
	/** `session` as it was written: the first digits of an id, or a link to a thread. Null: none was. */
	| { command: "stop"; session: string | null }
	/** `wanted`: `owner/name` or a part of it, or "none". */
	| { command: "set_repo"; wanted: string }
	| { command: "set_budget"; who: BudgetWho; cap: CapChoice };

/** What only asks. */
export type AskingCommand =
	| { command: "help" | "sessions" | "repo" | "link" | "stats" }
	/** `isUnread`: a change was wanted that cannot be read. */
	| { command: "budget"; isUnread: boolean }
	| { command: "status"; session: string | null }
	| { command: "too_many"; most: number }
	/** It is said in a thread, where there are no commands. */
	| { command: "word"; word: string }
	| { command: "unknown"; word: string; nearest: string };

/** What opens a modal; `text` is what stands in it already. */
type OpeningCommand = { command: "open"; text: string } | { command: "settings" };

/** What somebody asks for by `/bobbin`. */
export type Command = DoingCommand | AskingCommand | OpeningCommand;

export const COMMANDS = [
	"help",
	"new",
	"stop",
	"spawn",
	"status",
	"sessions",
	"repo",
	"settings",
	"link",
	"stats",
	"budget",
] as const;

/** More at once would be a flood in the channel. */
const MOST_SPAWNED = 10;
const BULLET = /^\s*(?:[-*•]|\d{1,2}[.)])\s+/;

/**
 * Pure. What follows `/bobbin`, as Slack gives it with markup written out. Words that begin with no command are what
 * somebody wants done; what looks like a command with a typing error is asked about.
 */
export function parseCommand(text: string): Command {
	const whole = text.trim();
	const [first = ""] = whole.split(/\s/, 1);
	const rest = whole.slice(first.length).trim();
	switch (first.toLowerCase()) {
		case "":
			return { command: "open", text: "" };
		case "help":
		case "sessions":
		case "settings":
		case "link":
		case "stats":
			return { command: first.toLowerCase() as "help" };
		case "new":
			return rest === "" ? { command: "open", text: "" } : { command: "new", text: rest };
		case "spawn":
			return parseSpawn(rest);
		case "stop":
		case "status":
			return { command: first.toLowerCase() as "stop", session: rest === "" ? null : rest };
		case "budget":
			return parseBudget(rest);
		case "repo":
			return rest === "" ? { command: "repo" } : { command: "set_repo", wanted: rest };
		default: {
			if (parseWord(whole) !== null) return { command: "word", word: whole };
			const nearest = findNearest(first.toLowerCase(), rest !== "");
			return nearest === null
				? { command: "open", text: whole }
				: { command: "unknown", word: first, nearest };
		}
	}
}

const DOING = new Set<Command["command"]>(["new", "spawn", "stop", "set_repo", "set_budget"]);

/** Pure. */
export function isDoing(command: Command): command is DoingCommand {
	return DOING.has(command.command);
}

/** One line each is one session; on a single line `;` parts them. */
function parseSpawn(rest: string): Command {
	const lines = rest.includes("\n") ? rest.split("\n") : rest.split(";");
	const texts = lines.map((line) => line.replace(BULLET, "").trim()).filter((line) => line !== "");
	if (texts.length === 0) return { command: "open", text: "" };
	return texts.length > MOST_SPAWNED
		? { command: "too_many", most: MOST_SPAWNED }
		: { command: "spawn", texts };
}

const BUDGET = /^(me|channel|workspace)\s+(?:\$\s?)?([\d.]+|none|default)$/i;

/** What cannot be read as a change shows what there is, and how to change it. */
function parseBudget(rest: string): Command {
	const [, who = "", amount = ""] = BUDGET.exec(rest) ?? [];
	const cap = capChoice.safeParse(/^\d/.test(amount) ? Number(amount) : amount.toLowerCase());
	return cap.success
		? { command: "set_budget", who: who.toLowerCase() as BudgetWho, cap: cap.data }
		: { command: "budget", isUnread: rest !== "" };
}

/** Of a sentence the first word counts as mistyped only where little of it is wrong. */
function findNearest(word: string, isSentence: boolean): string | null {
	const most = isSentence || word.length < 4 ? 1 : 2;
	const near = COMMANDS.map((command) => ({ command, steps: stepsBetween(word, command) }))
		.filter(({ steps }) => steps <= most)
		.sort((a, b) => a.steps - b.steps);
	return near[0]?.command ?? null;
}
