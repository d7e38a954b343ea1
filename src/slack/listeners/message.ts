import type { App } from "@slack/bolt";
import type { Tx } from "../../db/client.ts";
import { attemptsNote } from "../attempts/parse-attempts.ts";
import { answerLoneWord } from "../commands/answer-lone-word.ts";
import { answerWord } from "../commands/answer-word.ts";
import { stopMine } from "../commands/do-command.ts";
import { findNearWord } from "../commands/parse-words.ts";
import { limitFiles } from "../context/decide-files.ts";
import { readForwarded } from "../context/gather-context.ts";
import { readChannel } from "../context/read-channel.ts";
import { createInOrder, type InOrder } from "../in-order.ts";
import { noteHeard } from "../native/code-channel/code-channel-store.ts";
import { findPlace } from "../native/code-channel/find-place.ts";
import { answerByReply } from "../questions/answer-by-reply.ts";
import { ourTeamId } from "../receiving/intake.ts";
import { introduceQuietly } from "../routing/introduce-quietly.ts";
import { addPrompt } from "../talk/add-prompt.ts";
import { judgeReply } from "../talk/judge-reply.ts";
import { meterReply } from "../talk/meter-reply.ts";
import { noteMessage } from "../talk/talk-store.ts";
import { toPlainText } from "../text/from-slack.ts";
import { isWholeChannel } from "../thread-place.ts";
import { deliveryIdOf } from "../web-api/delivery-id.ts";
import { admit } from "./admit.ts";
import { decideMessage, isDirect } from "./decide-message.ts";
import type { ListenerDeps } from "./deps.ts";
import { type MessageEvent, messageEvent, toPromptFiles } from "./message-event.ts";

/** Messages and mentions alike: one mention comes as both, and either may be missing. */
export function listenToMessages(app: App, deps: ListenerDeps): void {
	const inOrder = createInOrder();
	app.event("message", ({ event, body, context }) =>
		takeMessage(deps, inOrder, { event, teamId: ourTeamId(body), attempt: Number(context.attempt ?? 1) }),
	);
	app.event("app_mention", ({ event, body, context }) =>
		takeMessage(deps, inOrder, { event, teamId: ourTeamId(body), attempt: Number(context.attempt ?? 1) }),
	);
}

/** What is said to us by an edit: a mention that was forgotten, a request that was sent too soon, a word that is right now. */
export async function takeEdited(deps: ListenerDeps, said: Said): Promise<void> {
	const event = messageEvent.safeParse(said.event).data;
	if (event === undefined) return;
	const { ts, channel: channelId, thread_ts: threadTs } = event;
	const place = await findPlace(deps.sessions, { teamId: said.teamId, channelId, ts, threadTs });
	await takeFound(deps, said, event, place);
}

interface Said {
	event: unknown;
	teamId: string;
	attempt: number;
}

async function takeMessage(deps: ListenerDeps, inOrder: InOrder, input: Said): Promise<void> {
	const parsed = messageEvent.safeParse(input.event);
	if (!parsed.success) return;
	const { ts, channel: channelId, thread_ts: threadTs } = parsed.data;
	const at = { teamId: input.teamId, channelId, ts, threadTs };
	const place = await findPlace(deps.sessions, at);
	// A thread has its lane in the inbox, which cannot know that a channel is a session's.
	if (!isWholeChannel(place.thread)) return takeFound(deps, input, parsed.data, place);
	return inOrder.run(`${input.teamId} ${channelId}`, () => takeFound(deps, input, parsed.data, place));
}

async function takeFound(
	deps: ListenerDeps,
	input: Said,
	said: MessageEvent,
	{ thread, known }: Awaited<ReturnType<typeof findPlace>>,
): Promise<void> {
	// Before anything looks at it: the database, the judge, the agent.
	const { text: words, kinds: maskedKinds } = await deps.mask(said.text ?? "");
	const event = { ...said, text: words };
	const { teamId } = input;
	const workspace = await deps.workspaces.of(teamId);
	const { botUserId, directory } = workspace;
	// Another bot that is refused gets no answer: two of them might never end.
	const allowBots = Boolean(event.bot_id) && (await deps.workspaceRules(teamId)).allowBots;
	const decision = decideMessage(event, { botUserId, mapped: known !== null, allowBots });
	if (decision.do === "ignore" || event.user === undefined) return;
	if (isWholeChannel(thread)) await noteHeard(deps.db, thread, new Date(deps.now()));

	const say = (text: string, once: string) =>
		deps.reply({
			teamId,
			channelId: thread.channelId,
			threadTs: thread.threadTs,
			text,
			deliveryId: deliveryIdOf(`${teamId}:${thread.channelId}:${once}`),
			doubtful: input.attempt > 1 || once.startsWith("refused:"),
		});
	const message = { ts: event.ts, userId: event.user, text: event.text, files: toPromptFiles(event) };
	const { takenAs, takenBy, judgements } =
		decision.do === "prompt" && !decision.addressed && known !== null
			? await judgeReply(deps, { event, thread, sessionId: known.sessionId })
			: ({ takenAs: "prompt", takenBy: "mode", judgements: [] } as const);
	const meter = (tx: Tx, sessionId: string | null) =>
		meterReply(tx, judgements, { thread, userId: message.userId, sessionId, promptId: null });
	const noteTalk = (sessionId: string | null) =>
		deps.db.transaction().execute(async (tx) => {
			await noteMessage(tx, thread, { ...message, takenAs: "talk", takenBy });
			await meter(tx, sessionId);
		});
	// Nobody is refused for what they say to each other.
	if (takenAs === "talk") {
		await noteTalk(null);
		return;
	}
	const isFirst = decision.do === "prompt" && known === null;
	const [admission, channel, forwarded] = await Promise.all([
		admit(deps, { teamId, userId: event.user }).then((admission) => {
			if (admission.outcome === "admitted" && isFirst) {
				const text = toPlainText(event.text ?? "", { botUserId, users: new Map() });
				deps.foresight.mentioned({ personId: admission.personId, text, teamId, channelId: event.channel });
			}
			return admission;
		}),
		isFirst && !isDirect(event) ? readChannel(directory, event.channel) : {},
		readForwarded(workspace, event),
	]);
	if (admission.outcome === "refused") {
		await meter(deps.db, null);
		// Once a thread and person: what they say next in it needs no second answer.
		await say(admission.why, `refused:${thread.threadTs}:${event.user}`);
		return;
	}
	switch (decision.do) {
		case "help":
			await say(helpText(botUserId), event.ts);
			return;
		case "stop":
			if (known === null && event.thread_ts === undefined) {
				const message = await stopMine(deps, { ...thread, personId: admission.personId });
				await deps.whisper({ ...thread, userId: event.user, threadTs: undefined, message });
				return;
			}
			if (known === null) {
				await say("Nothing of mine runs in this thread.", event.ts);
				return;
			}
			await stop(deps, known.sessionId, admission.personId, (text) => say(text, event.ts));
			return;
		case "word": {
			const saidAtMs = Number(event.ts) * 1000;
			const isRepeated = input.attempt > 1;
			const { personId } = admission;
			const userId = event.user;
			const text =
				known === null
					? await answerLoneWord(deps, { word: decision.word, ...thread, personId })
					: await answerWord(deps, { ...decision, thread, ...known, personId, userId, saidAtMs, isRepeated });
			await deps.whisper({ ...thread, userId: event.user, threadTs: event.thread_ts, message: text });
			return;
		}
		case "prompt": {
			if (known !== null && (await answerByReply(deps, { ...known, event, ...thread, ...admission })))
				return meter(deps.db, known.sessionId);
			const near = findNearWord(toPlainText(message.text ?? "", { botUserId, users: new Map() }));
			if (known !== null && near !== null && message.files.length === 0) {
				const words = `Did you mean *${near}*? Then say it once more. 👀 on your message makes it a request as it is.`;
				await deps.whisper({ ...thread, userId: event.user, threadTs: event.thread_ts, message: words });
				// Last: what is noted as talk is asked about no more.
				await noteTalk(known.sessionId);
				return;
			}
			const { sessionId, promptId, asked } = await addPrompt(deps, {
				...{ thread, takenBy, judgements, maskedKinds, personId: admission.personId },
				message: { ...message, files: limitFiles([...message.files, ...forwarded.files]) },
				context: { ...channel, ...(forwarded.quoted.length > 0 ? { quoted: forwarded.quoted } : {}) },
			});
			if (isFirst && !isDirect(event)) await introduceQuietly(deps, { ...thread, ...admission });
			if (asked === null) return;
			// Not by what came of it just now: it may have been taken before, by whoever died before this was said.
			const [first] = (await deps.sessions.view(sessionId)).prompts;
			const note = attemptsNote(asked, first?.id === promptId);
			if (note !== null) await deps.whisper({ ...thread, userId: event.user, message: note });
			return;
		}
		default:
			decision satisfies never;
	}
}

async function stop(
	deps: ListenerDeps,
	sessionId: string,
	personId: string,
	say: (text: string) => Promise<void>,
): Promise<void> {
	const result = await deps.sessions.stop({ sessionId, personId });
	if (result.outcome === "nothing_runs" && result.cancelledPrompts === 0) {
		await say("Nothing is running here, so there was nothing to stop.");
	}
	await deps.showNow(sessionId);
}

function helpText(botUserId: string): string {
	return `Hello! Tell me what to change and I open a pull request. For example: <@${botUserId}> _fix the rounding of the cart total in acme/web-shop_. Replies in that thread go on with the same work (👀 shows that I took one, ✋ on it takes it back), and *stop* stops it.`;
}
