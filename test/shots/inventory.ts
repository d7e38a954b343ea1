import { globSync, readFileSync } from "node:fs";
import manifest from "../../manifests/slack-app.json" with { type: "json" };
import { verbosity } from "../../src/contract/settings.ts";
import { COMMANDS } from "../../src/slack/commands/parse-command.ts";
import { LONE, REPLIES, type Word } from "../../src/slack/commands/parse-words.ts";
import { TABS } from "../../src/slack/home/home-state.ts";
import type { ListenerDeps } from "../../src/slack/listeners/deps.ts";
import { listenToAll } from "../../src/slack/listeners/listen-to-all.ts";

type App = Parameters<typeof listenToAll>[0];

/** Every kind of word, as somebody may say it. */
const WORDS = {
	stop: ["stop"],
	status: ["status"],
	queue: ["queue"],
	retry: ["retry"],
	channel: ["channel"],
	help: ["help"],
	cancel: ["cancel"],
	model: ["model"],
	verbosity: verbosity.options,
	replies: Object.keys(REPLIES),
} satisfies Record<Word["word"], readonly string[]>;

/** One thing that people see or use, as pictures name it: `command stats`, `action stop_session`. */
export interface Thing {
	/** Of several that have one listener, such as `action answer_question_0`: any. */
	matches(claimed: string): boolean;
	name: string;
}

/** Everything of Bobbin that people see or use in Slack, as the code has it. */
export function readInventory(): Thing[] {
	const exact = (kind: string, names: Iterable<string>): Thing[] =>
		[...names].map((name) => ({ name: `${kind} ${name}`, matches: (one) => one === `${kind} ${name}` }));
	return [
		...exact("command", COMMANDS),
		...exact("word", new Set([...LONE, ...Object.values(WORDS).flat()])),
		...exact(
			"shortcut",
			manifest.features.shortcuts.map((shortcut) => shortcut.callback_id),
		),
		...exact("home", TABS),
		...exact("draws", readDrawings()),
		...readListeners(),
	];
}

/** The actions and views that the app listens to. */
function readListeners(): Thing[] {
	const heard: Thing[] = [];
	const hear = (kind: string, what: unknown) => {
		const id = typeof what === "object" && what !== null && "callback_id" in what ? what.callback_id : what;
		const name = `${kind} ${id}`;
		const matches = (one: string) =>
			one.startsWith(`${kind} `) &&
			(id instanceof RegExp ? id.test(one.slice(kind.length + 1)) : one === name);
		if (!heard.some((known) => known.name === name)) heard.push({ name, matches });
	};
	const app = new Proxy({} as App, {
		get: (_, method: string) => (what: unknown) => {
			if (method === "action" || method === "view") hear(method, what);
		},
	});
	listenToAll(app, new Proxy({} as ListenerDeps, { get: () => () => {} }));
	return heard;
}

const DRAWN = /^(OutgoingMessage|KnownBlock\[\]|ModalView|HomeView|\{ gist: OutgoingMessage)/;

/** The functions that draw something for people: exported, and they give blocks. */
function readDrawings(): string[] {
	return globSync("src/slack/**/*.ts").flatMap((path) =>
		readFileSync(path, "utf8")
			.split(/^export /m)
			.slice(1)
			.flatMap((code) => {
				const [, name] = /^function (\w+)/.exec(code) ?? [];
				const [, gives = ""] = /\): (.*) \{$/m.exec(code) ?? [];
				return name !== undefined && DRAWN.test(gives) ? [name] : [];
			}),
	);
}
