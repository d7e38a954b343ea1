import type { Judgement } from "../../budget/meter-judgements.ts";
import type { Thread } from "../../contract/session.ts";
import type { SessionView } from "../../sessions/session-view.ts";
import { decideSettings } from "../../settings/decide-settings.ts";
import { readChannelSettings, readThreadSettings } from "../../settings/settings-store.ts";
import type { ListenerDeps } from "../listeners/deps.ts";
import type { MessageEvent } from "../listeners/message-event.ts";
import { mentionedUsers, toPlainText } from "../text/from-slack.ts";
import { findMessage, readEarlierAuthors, readLast, type ThreadMessage } from "./talk-store.ts";

const LINES = 30;

export interface ReplyTaken extends Pick<ThreadMessage, "takenAs" | "takenBy"> {
	/** What the model was asked for it. */
	judgements: Judgement[];
}

/**
 * What a reply that mentions nobody of us is taken for, by the mode of its thread, else of its channel. Asked again (a
 * crash, a repeat) it says the same.
 */
export async function judgeReply(
	deps: Pick<ListenerDeps, "db" | "workspaces" | "sessions" | "replyJudge" | "newId">,
	reply: { event: MessageEvent; thread: Thread; sessionId: string },
): Promise<ReplyTaken> {
	const { db } = deps;
	const judgements: Judgement[] = [];
	const { event, thread } = reply;
	const known = await findMessage(db, { ...thread, ts: event.ts });
	if (known !== null) return { ...known, judgements };
	const places = await Promise.all([readThreadSettings(db, thread), readChannelSettings(db, thread)]);
	const { replies } = decideSettings(places, { model: "" });
	switch (replies) {
		case "every":
			return { takenAs: "prompt", takenBy: "mode", judgements };
		case "addressed":
			return { takenAs: "talk", takenBy: "mode", judgements };
		case "judged": {
			if (deps.replyJudge === null) return { takenAs: "prompt", takenBy: "mode", judgements };
			const { addressed } = await deps.replyJudge.judge(
				await readSaid(deps, reply),
				(call) => void judgements.push({ id: deps.newId(), ...call }),
			);
			return { takenAs: addressed ? "prompt" : "talk", takenBy: "judge", judgements };
		}
		default:
			return replies satisfies never;
	}
}

async function readSaid(
	deps: Pick<ListenerDeps, "db" | "workspaces" | "sessions">,
	{ event, thread, sessionId }: { event: MessageEvent; thread: Thread; sessionId: string },
) {
	const { botUserId, directory } = await deps.workspaces.of(thread.teamId);
	const [rows, session, earlier] = await Promise.all([
		readLast(deps.db, thread, LINES),
		deps.sessions.view(sessionId),
		readEarlierAuthors(deps.db, sessionId),
	]);
	const text = event.text ?? "";
	const before = rows.filter((row) => row.ts !== event.ts);
	const users = await directory.names([
		...new Set([
			...[event.user ?? "", ...before.map(({ userId }) => userId)].filter((id) => id !== ""),
			...[text, ...before.map((row) => row.text)].flatMap(mentionedUsers),
		]),
	]);
	const nameOf = (id: string | undefined) => users.get(id ?? "") ?? id ?? "someone";
	const author = nameOf(event.user);
	const writers = new Set([...earlier, ...before.map(({ userId }) => nameOf(userId))]);
	return {
		text: toPlainText(text, { botUserId, users }),
		author,
		mentionsBot: false,
		beginsWithPerson: /^\s*<(?:@|!subteam\^)/.test(text),
		hasFiles: (event.files ?? []).length > 0,
		others: [...writers].filter((name) => name !== author),
		thread: toLines(before, session, (row) => ({
			author: nameOf(row.userId),
			text: toPlainText(row.text, { botUserId, users }),
		})),
		botAsked: hasAsked(session),
	};
}

/** People's words and Bobbin's answers as they followed each other. Only for judging: clocks may differ a little. */
function toLines(
	rows: ThreadMessage[],
	session: Pick<SessionView, "prompts" | "status" | "questions">,
	say: (row: ThreadMessage) => { author: string; text: string },
) {
	const people = rows.map((row) => ({ atMs: Number(row.ts) * 1000, fromBot: false, ...say(row) }));
	const answers = session.prompts.flatMap(({ answer, finishedAt }) =>
		answer === null || finishedAt === null
			? []
			: [{ atMs: finishedAt.getTime(), fromBot: true, author: "Bobbin", text: answer }],
	);
	const lines = [...people, ...answers].sort((a, b) => a.atMs - b.atMs);
	if (session.status === "asking")
		lines.push({ atMs: 0, fromBot: true, author: "Bobbin", text: "Which repository do you mean?" });
	for (const { text } of session.questions.filter(({ isOpen }) => isOpen))
		lines.push({ atMs: 0, fromBot: true, author: "Bobbin", text });
	return lines.map(({ author, fromBot, text }) => ({ author, fromBot, text }));
}

/** Whether Bobbin waits for somebody's words. */
function hasAsked(session: Pick<SessionView, "prompts" | "status" | "questions">): boolean {
	if (session.status === "asking" || session.questions.some(({ isOpen }) => isOpen)) return true;
	const last = session.prompts.findLast(({ answer }) => answer !== null);
	return last === session.prompts.at(-1) && (last?.answer?.trimEnd().endsWith("?") ?? false);
}
