import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import type { AgentEvent } from "../../src/contract/event.ts";
import { createSlackWork } from "./slack-work.ts";

const CHANNELS = ["shop", "docs", "engineering", "general", "random", "alerts"];
const TITLES = ["Run npm test", "Edit src/cart.ts", "Read src/checkout.ts", "Search for “total”"];
const LOOK_EVERY_MS = 1_000;

type WorkOptions = NonNullable<Parameters<typeof createSlackWork>[0]>;

export interface SoakFigures {
	/** From the end of an agent's work to its answer in the thread, one for each session. */
	finalMs: number[];
	/** Sessions whose answer never came. */
	lost: number;
	/** Calls that Slack answered with 429. */
	refused: number;
	toolCalls: number;
	/** How late the process came to what was due, p95: above some tens the machine is what is measured. */
	lagMs: number;
	/** Calls in the busiest minute, by method. */
	busiestMinute: Record<string, number>;
	/** How often the status of a session was edited while it worked: the session with the fewest, and the most. */
	edits: { fewest: number; most: number };
}

/** Many sessions of one workspace at work at once, with agents that do something about every second. */
export async function soak(options: {
	sessions: number;
	/** They begin in its first tenth, and work for four to nine tenths of it. */
	durationMs: number;
	/** How long answers are waited for after that. */
	patienceMs: number;
	database?: WorkOptions["database"];
}): Promise<SoakFigures> {
	const { sessions, durationMs, patienceMs } = options;
	const { database } = options;
	await using work = await createSlackWork(database === undefined ? {} : { database });
	await work.slack.start();
	const beganMs = performance.now();
	const endedAt = new Map<string, number>();
	let toolCalls = 0;
	const lag = monitorEventLoopDelay();
	lag.enable();

	work.agent.state.script = async ({ prompt }, emit) => {
		const { promptId, text } = prompt;
		const number = Number(/number (\d+)/.exec(text)?.[1]);
		const endMs = performance.now() + durationMs * (0.4 + (0.5 * number) / sessions);
		for (let call = 0; performance.now() < endMs; call++) {
			const callId = `${number}-${call}`;
			const title = TITLES[call % TITLES.length] ?? "";
			const tool: { promptId: string; callId: string; tool: string; title: string } = {
				...{ promptId, callId, tool: "bash", title },
			};
			const begun: AgentEvent = { type: "tool.started", data: { ...tool, input: {} } };
			emit(begun);
			toolCalls++;
			await delay(1_000 + ((number * 37 + call * 101) % 1_000));
			emit({ type: "tool.finished", data: { ...tool, outcome: "done", output: "ok", durationMs: 1_500 } });
		}
		endedAt.set(`answer of ${number}.`, performance.now());
		return { outcome: "done", answer: `answer of ${number}.` };
	};

	// As people would: a few each second, all in the first tenth.
	for (let number = 0; number < sessions; number++) {
		await work.say(
			["mia", "zoe", "omar", "noah"][number % 4] ?? "mia",
			CHANNELS[number % CHANNELS.length] ?? "shop",
			`@bobbin number ${number}`,
		);
		await delay(durationMs / 10 / sessions);
	}

	const finalMs = new Map<string, number>();
	const untilMs = beganMs + 2 * durationMs + patienceMs;
	const threads = () =>
		work.database.db
			.selectFrom("slack_messages")
			.innerJoin("prompts", "prompts.session_id", "slack_messages.session_id")
			.select(["prompts.answer", "slack_messages.key"])
			.where("slack_messages.key", "like", "answer:%")
			.where("slack_messages.ts", "is not", null)
			.execute();
	while (finalMs.size < sessions && performance.now() < untilMs) {
		for (const { answer } of await threads()) {
			const ended = endedAt.get(answer ?? "");
			if (ended !== undefined && !finalMs.has(answer ?? ""))
				finalMs.set(answer ?? "", performance.now() - ended);
		}
		await delay(LOOK_EVERY_MS / 4);
	}
	// What is written down as posted is looked for where people read it.
	const said = new Set<string>();
	for (const channel of CHANNELS) {
		const { messages } = (await work.readPage("mia", `messages?channel=${work.channelId(channel)}`)) as {
			messages: { ts: string }[];
		};
		for (const { ts } of messages) {
			const query = new URLSearchParams({ channel: work.channelId(channel), thread: ts });
			const thread = (await work.readPage("mia", `messages?${query}`)) as {
				messages: { text: string; bot_id?: string }[];
			};
			for (const { text, bot_id } of thread.messages) if (bot_id !== undefined) said.add(text);
		}
	}
	const answers = [...endedAt.keys()].filter((answer) => said.has(answer));
	const edits = await work.database.db
		.selectFrom("slack_messages")
		.select("attempts")
		.where("key", "like", "status:%")
		.execute();
	return {
		finalMs: [...finalMs.values()],
		lost: sessions - answers.length,
		refused: work.proxy.answers.filter(({ status }) => status === 429).length,
		toolCalls,
		lagMs: Math.round(lag.percentile(95) / 1e6),
		busiestMinute: toBusiestMinute(work.proxy.answers),
		edits: {
			fewest: Math.min(...edits.map(({ attempts }) => attempts)),
			most: Math.max(...edits.map(({ attempts }) => attempts)),
		},
	};
}

function toBusiestMinute(answers: { method: string; atMs: number }[]): Record<string, number> {
	const busiest: Record<string, number> = {};
	for (const [method, calls] of Map.groupBy(answers, (answer) => answer.method)) {
		let from = 0;
		for (const [to, { atMs }] of calls.entries()) {
			while ((calls[from]?.atMs ?? 0) <= atMs - 60_000) from++;
			busiest[method] = Math.max(busiest[method] ?? 0, to - from + 1);
		}
	}
	return busiest;
}
