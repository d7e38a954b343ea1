import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AgentEvent } from "../../src/contract/event.ts";
import { click } from "../harness/click.ts";
import { eventually } from "../harness/eventually.ts";
import { refusals, slackPerson } from "../harness/slack-person.ts";
import { createSlackWork, type SlackWork } from "../harness/slack-work.ts";

let work: SlackWork;

beforeAll(async () => {
	work = await createSlackWork();
	await work.slack.start();
	let asked = 0;
	work.agent.state.script = async ({ prompt }, emit) => {
		const { promptId, text } = prompt;
		const together = text.includes("two things") ? 2 : 1;
		// An agent whose turn is followed anew says again what it waits for.
		const request = known.get(promptId) ?? `que_${++asked}`;
		known.set(promptId, request);
		for (let index = 0; index < together; index++) emit(question(promptId, `${request}#${index}`, index));
		for (;;) {
			const [answers] = (await once(work.agent.events, "answered")) as [{ chosen: string[] }[]];
			if (answers.length >= together)
				return {
					outcome: "done",
					answer: `You said ${JSON.stringify(answers.map(({ chosen }) => chosen))}.`,
				};
		}
	};
});
afterAll(() => work[Symbol.asyncDispose]());

const known = new Map<string, string>();
const question = (promptId: string, questionId: string, index: number): AgentEvent => ({
	type: "question.asked",
	data: {
		...{ promptId, questionId, multiple: index === 1 },
		text: index === 0 ? "Cents or <!channel> euros?" : "Where?",
		options: [
			{ label: "Cents", description: "As *today*" },
			{ label: "Euros & more", description: "" },
		],
	},
});

type Place = { channelId: string; threadTs: string; ts: string };

const ofBot = async (at: Place) => (await work.thread(at)).filter(({ bot_id }) => bot_id !== undefined);
const untilSaid = (at: Place, words: RegExp) =>
	eventually(async () => {
		const messages = await ofBot(at);
		const found = messages.find((message) => words.test(JSON.stringify(message)));
		if (found === undefined) throw new Error(`the bot has not said ${words}: ${JSON.stringify(messages)}`);
		return found;
	});
const asking = (channel: string, text = "fix the total") => work.say("mia", channel, `@bobbin ${text}`);

test("a question has a button for each option; a click goes to the agent, and the message says who said what", async () => {
	const at = await asking("shop");
	const asked = await untilSaid(at, /I have a question/);
	expect(JSON.stringify(asked)).toContain("&lt;!channel&gt;");
	await untilSaid(at, /Waiting for your answer\* to/);
	await click(work, "zoe", at, asked, "Euros & more");
	await untilSaid(at, /You said \[\[\\+"Euros &amp; more/);
	const over = await untilSaid(at, /Zoe[^:]*: \*Euros &amp; more\*/);
	expect(over.ts).toBe(asked.ts);
	expect(JSON.stringify(over)).not.toContain("answer_question");
	// Status, question, answer.
	expect(await ofBot(at)).toHaveLength(3);

	await click(work, "mia", at, asked, "Cents").catch(() => {});
	expect((await ofBot(at)).filter(({ text }) => text.includes("You said"))).toHaveLength(1);
});

test("a plain reply answers, is no prompt of its own, and is taken once however often it comes", async () => {
	const at = await asking("docs");
	await untilSaid(at, /I have a question/);
	const reply = await work.say("omar", "docs", "neither, use basis points", at.threadTs);
	await untilSaid(at, /You said \[\[\\+"neither, use basis points/);
	const { sessionId = "" } =
		(await work.sessions.findByThread({ teamId: work.playground.connection.teamId, ...at })) ?? {};
	await work.deliver({
		...{ type: "event_callback", event_id: "Ev-again", team_id: work.playground.connection.teamId },
		event: {
			...{ type: "message", channel: at.channelId, channel_type: "channel", user: work.userId("omar") },
			...{ text: "neither, use basis points", ts: reply.ts, thread_ts: at.threadTs, event_ts: reply.ts },
		},
	});
	await eventually(async () => {
		const open = await work.database.db
			.selectFrom("inbox")
			.select("id")
			.where("processed_at", "is", null)
			.execute();
		expect(open).toEqual([]);
	});
	const { prompts, questions } = await work.sessions.view(sessionId);
	expect(prompts).toHaveLength(1);
	expect(questions.map(({ answer }) => answer?.chosen)).toEqual([["neither, use basis points"]]);
});

test("something else is said in a small form; what is asked together comes one after the other, several may be chosen", async () => {
	const at = await asking("general", "two things");
	const mia = slackPerson(work, "mia");
	const first = await untilSaid(at, /I have a question/);
	await click(work, "mia", at, first, "Something else…");
	const form = await mia.untilModal(({ title }) => title.text === "Your answer");
	await mia.submit(form, { own_words: { value: "Basis points" } });
	const second = await untilSaid(at, /Basis points.*I have a question:\* Where\?/);
	expect(second.ts).toBe(first.ts);
	await click(work, "mia", at, second, "Choose…");
	const choice = await mia.untilModal(({ id }) => id !== form.id);
	const [{ element } = {}] = choice.blocks.filter((block) => block.element?.type === "checkboxes");
	await mia.submit(choice, {
		chosen: { selected_options: [element?.options?.[0], element?.options?.[1]] },
		own_words: { value: "and the receipt" },
	});
	await untilSaid(at, /You said \[\[\\+"Basis points\\+"\],\[\\+"Cents\\+",\\+"Euros &amp; more/);
	expect(await refusals(work)).toEqual([]);
});

test("it waits while instances go, and a stop ends it", async () => {
	const at = await asking("random");
	const asked = await untilSaid(at, /I have a question/);
	const { sessionId = "" } =
		(await work.sessions.findByThread({ teamId: work.playground.connection.teamId, ...at })) ?? {};
	const answered = work.agent.answered.length;
	await work.takeOver(sessionId);
	await eventually(async () => {
		const { questions } = await work.sessions.view(sessionId);
		expect(questions.filter(({ isOpen }) => isOpen)).toHaveLength(1);
	});
	await click(work, "mia", at, asked, "Cents");
	await untilSaid(at, /You said \[\[\\+"Cents/);
	expect(work.agent.answered.slice(answered)).toHaveLength(1);

	await work.say("mia", "random", "@bobbin and again", at.threadTs);
	await eventually(async () => expect((await work.sessions.view(sessionId)).questions).toHaveLength(2));
	await work.say("mia", "random", "stop", at.threadTs);
	await untilSaid(at, /no answer is needed any more/);
	await untilSaid(at, /⏹ Stopped/);
});
