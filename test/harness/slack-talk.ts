import { once } from "node:events";
import { createAddressedJudge } from "../../classifier/addressed.ts";
import type { FastModel } from "../../classifier/fast-model.ts";
import { eventually } from "./eventually.ts";
import { createSlackWork } from "./slack-work.ts";

export interface Place {
	channelId: string;
	threadTs: string;
	ts: string;
}

/**
 * A workspace in which people talk and prompts run: each turn lasts until `release`, and says what it was asked. What the
 * model is asked is answered by `model.answer`.
 */
export async function createSlackTalk(
	options: { judged?: boolean } & NonNullable<Parameters<typeof createSlackWork>[0]> = {},
) {
	const model = {
		asked: [] as string[],
		before: async () => {},
		answer: (_text: string): { addressed: boolean; confidence: number } | null => null,
	};
	const fastModel: FastModel = {
		name: "test",
		async ask({ user }, _signal, onCall) {
			const text = (JSON.parse(/<message>\n(.*)\n<\/message>/.exec(user)?.[1] ?? "{}") as { text: string })
				.text;
			model.asked.push(text);
			await model.before();
			const input = model.answer(text);
			const tokens = { inputTokens: 10_000, outputTokens: 100, cacheReadTokens: 0, cacheWriteTokens: 0 };
			onCall?.({ model: "claude-haiku-5-5", ...tokens, startedAtMs: Date.now(), durationMs: 1 });
			return input === null
				? { outcome: "failed", failure: "timeout", detail: "" }
				: { outcome: "answered", input };
		},
	};
	const { judged = true, ...others } = options;
	const work = await createSlackWork(
		!judged
			? others
			: {
					...others,
					replyJudge: createAddressedJudge({ model: fastModel, now: () => Date.now() * 1e6 }),
				},
	);
	const held = { turns: false };
	// One for each turn that waits.
	work.agent.events.setMaxListeners(0);
	work.agent.state.script = async ({ prompt }) => {
		if (held.turns) await once(work.agent.events, "go");
		return { outcome: "done", answer: `Did: ${prompt.text}` };
	};
	const botId = work.playground.connection.botUserId;
	const { teamId } = work.playground.connection;

	const findSession = (at: Place) =>
		work.sessions.findByThread({ teamId, channelId: at.channelId, threadTs: at.threadTs });

	return {
		...work,
		model,
		held,
		/** Lets every turn go on that waits. */
		release: () => {
			held.turns = false;
			work.agent.events.emit("go");
		},
		/** Lets the model wait for something. Gives the way to end that. */
		holdModel(until: Promise<void>, onAsked: () => void): () => void {
			model.before = () => {
				onAsked();
				return until;
			};
			return () => {
				model.before = async () => {};
			};
		},
		findSession,
		async session(at: Place) {
			return eventually(async () => {
				const found = await findSession(at);
				if (found === null) throw new Error("no session yet");
				return work.sessions.view(found.sessionId);
			});
		},
		/** The prompts of a thread's session by their texts, each with its status. */
		async prompts(at: Place): Promise<[string, string][]> {
			const found = await findSession(at);
			if (found === null) return [];
			const { prompts } = await work.sessions.view(found.sessionId);
			return prompts.map(({ text, status }) => [text, status]);
		},
		async reactionsOn(at: Place, ts: string): Promise<string[]> {
			const found = (await work.thread(at)).find((message) => message.ts === ts);
			return (found?.reactions ?? [])
				.filter(({ users }) => users.includes(botId))
				.map(({ name }) => name)
				.sort();
		},
		async ofBot(at: Place) {
			return (await work.thread(at)).filter(({ user }) => user === botId);
		},
		react: (name: string, channelId: string, timestamp: string, emoji: string) =>
			work.human(name).reactions.add({ channel: channelId, timestamp, name: emoji }),
		edit: (name: string, channelId: string, ts: string, text: string) =>
			work.human(name).chat.update({ channel: channelId, ts, text }),
		remove: (name: string, channelId: string, ts: string) =>
			work.human(name).chat.delete({ channel: channelId, ts }),
		/** Waits until everything that Slack told is dealt with. */
		async settled() {
			await work.playground.settleEvents();
			await eventually(async () => {
				const open = await work.database.db
					.selectFrom("inbox")
					.select("id")
					.where("processed_at", "is", null)
					.execute();
				if (open.length > 0) throw new Error("something of Slack's is under way");
			});
		},
	};
}

export type SlackTalk = Awaited<ReturnType<typeof createSlackTalk>>;
