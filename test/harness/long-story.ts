import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { AgentEvent, Todo } from "../../src/contract/event.ts";
import { showThreadJob } from "../../src/jobs/queue.ts";
import { insertModelCall } from "../../src/sessions/turn/model-call-store.ts";
import { click } from "./click.ts";
import { eventually } from "./eventually.ts";
import { addPullRequest } from "./github-rows.ts";
import { aRepository } from "./sessions.ts";
import { slackPerson } from "./slack-person.ts";
import { createSlackWork } from "./slack-work.ts";

const PLAN = [
	"Find where the total is rounded",
	"Write a failing test",
	"Round once, at the end",
	"Run all tests",
];
const CALLS = [
	["read", "Read src/cart.ts"],
	["grep", "Search for “round(”"],
	["bash", "Run npm test -- cart"],
	["edit", "Edit src/cart.ts"],
	["read", "Read test/cart.test.ts"],
] as const;
const LONG_ANSWER = `**Refunds follow the same rule now**, and only those of the last 30 days are computed anew.\n\n${[
	"## What I did",
	...Array.from(
		{ length: 30 },
		(_, index) =>
			`${index + 1}. Looked at case ${index + 1} of the refund table: the total of the order and the sum of its lines differ by at most a cent, and the difference now stands in the last line, as the bookkeepers want it.`,
	),
	"## What is left",
	"Nothing that I know of. All 214 tests pass.",
].join("\n\n")}`;

/**
 * Forty minutes of three people and an agent in one thread, played in seconds on a clock of its own: 300 tool calls, a
 * question, a follow-up in line, a stop, a budget that is used up and goes on, two pull requests, a long answer.
 */
export async function playLongStory(options: { pageDir?: string; onBegin?: (origin: string) => void } = {}) {
	let offsetMs = 0;
	const now = () => Date.now() + offsetMs;
	let toolCalls = 0;
	/** Is in line, and said to be. */
	const followUp = Promise.withResolvers<void>();
	const work = await createSlackWork({
		...options,
		now,
		repositoryId: async () => shop.id,
	});
	const shop = await aRepository(work.database, "web-shop");
	await work.slack.start();
	options.onBegin?.(work.origin);

	/** So many tool calls of eight seconds each. */
	async function callTools(promptId: string, count: number, emit: (event: AgentEvent) => void) {
		for (let index = 0; index < count; index++) {
			const done = Math.floor((index / count) * PLAN.length);
			if (index % Math.ceil(count / PLAN.length) === 0) emit(plan(promptId, done));
			const [tool, title] = CALLS[index % CALLS.length] ?? CALLS[0];
			const callId = `call-${++toolCalls}`;
			emit({ type: "tool.started", data: { promptId, callId, tool, title, input: {} } });
			offsetMs += 8_000;
			await delay(4);
			const ended = { outcome: "done" as const, output: "", durationMs: 8_000 };
			emit({ type: "tool.finished", data: { promptId, callId, tool, title, ...ended } });
			if (tool === "edit") emit(changed(promptId));
		}
	}

	work.agent.state.script = async ({ prompt }, emit) => {
		const { promptId, text } = prompt;
		if (text.includes("also cover refunds")) {
			await callTools(promptId, 60, emit);
			await new Promise(() => {});
		}
		if (text.includes("last 30 days")) {
			await callTools(promptId, 90, emit);
			await openPullRequest(promptId, 32, "Refunds round like the cart", { additions: 41, deletions: 12 });
			return { outcome: "done", answer: LONG_ANSWER };
		}
		await callTools(promptId, 50, emit);
		emit({
			type: "question.asked",
			data: {
				...{ promptId, questionId: "que_1#0", multiple: false },
				text: "Half cents can go up, or to the even cent as banks do it. Which one do you want?",
				options: [
					{ label: "Up", description: "as the invoices do it today" },
					{ label: "To even", description: "no drift over many orders" },
				],
			},
		});
		await once(work.agent.events, "answered");
		await callTools(promptId, 100, emit);
		await followUp.promise;
		await openPullRequest(promptId, 31, "Round the cart total once", { additions: 14, deletions: 6 });
		return {
			outcome: "done",
			answer:
				"The total was rounded per line *and* at the end. It is rounded **once** now, half cents to even, and the receipt has its tax line. I added tests for both; all of them pass.",
		};
	};

	/** It stands in the thread before the turn goes on, as the tool's answer takes its time in life. */
	async function openPullRequest(
		promptId: string,
		number: number,
		title: string,
		lines: { additions: number; deletions: number },
	) {
		const url = `https://github.example/acme/web-shop/pull/${number}`;
		const of = { sessionId, promptId, repositoryId: shop.id };
		await addPullRequest(work.database.db, of, title, { number, url, ...lines });
		await work.enqueue(work.database.db, showThreadJob, { version: 1, sessionId }, { key: sessionId });
		await untilSaid(new RegExp(`pull/${number}`));
	}

	const at = await work.say(
		"mia",
		"shop",
		"@bobbin the cart total is off by a cent, and the receipt has no tax line. Please fix both",
	);
	const { teamId } = work.playground.connection;
	const mia = slackPerson(work, "mia");
	const { sessionId } = await mia.until(() => work.sessions.findByThread({ teamId, ...at }));

	const read = () => work.thread(at);
	const untilSaid = (words: RegExp) =>
		eventually(async () => {
			const found = (await read()).find((message) => words.test(JSON.stringify(message)));
			if (found === undefined) throw new Error(`nobody said ${words}: ${JSON.stringify(await read())}`);
			return found;
		});
	const prompts = async () => (await work.sessions.view(sessionId)).prompts;

	await click(work, "omar", at, await untilSaid(/I have a question/), "To even");
	await untilSaid(/omar[^"]*: \*To even\*/i);
	await work.say("zoe", "shop", "and please also cover refunds", at.threadTs);
	await untilSaid(/Queued, /);
	followUp.resolve();
	await untilSaid(/pull\/31/);
	await untilSaid(/✅ Done/);
	await eventually(async () => {
		if (toolCalls < 210) throw new Error(`${toolCalls} tool calls`);
	});
	// Work is paid for before anybody looks at what is left.
	const tokens = { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 };
	const [, second] = await prompts();
	await insertModelCall(work.database.db, {
		...{ id: randomUUID(), sessionId, promptId: second?.id ?? "", model: "claude", ...tokens, costUsd: 4.1 },
		...{ startedAt: new Date(now()), firstTokenMs: 1, durationMs: 1 },
	});
	await work.budget.setCap({ scope: "session", subject: sessionId, cap: 4, personId: null });
	await work.say("omar", "shop", "stop", at.threadTs);
	await untilSaid(/⏹ Stopped/);
	offsetMs += 60_000;
	await work.say("mia", "shop", "go on, but only refunds of the last 30 days", at.threadTs);
	const paused = await untilSaid(/\*Paused: the budget/);
	offsetMs += 120_000;
	await click(work, "mia", at, paused, /^Continue/);
	await untilSaid(/pull\/32/);
	await eventually(async () => {
		const states = (await prompts()).map(({ status }) => status);
		if (states.join() !== "done,stopped,done") throw new Error(states.join());
	});
	await eventually(async () => {
		const done = (await read()).filter(({ text }) => text.startsWith("✅ Done"));
		if (done.length < 2) throw new Error(`${done.length} are folded`);
	});

	return {
		work,
		at,
		toolCalls,
		minutes: offsetMs / 60_000,
		messages: (await read()).filter(({ bot_id }) => bot_id !== undefined),
	};
}

function plan(promptId: string, done: number): AgentEvent {
	const todos: Todo[] = PLAN.map((content, index) => ({
		content,
		status: index < done ? "completed" : index === done ? "in_progress" : "pending",
	}));
	return { type: "todos.changed", data: { promptId, todos } };
}

function changed(promptId: string): AgentEvent {
	const file = { path: "src/cart.ts", change: "changed" as const, additions: 1, deletions: 1, diff: null };
	return { type: "file.changed", data: { promptId, file } };
}
