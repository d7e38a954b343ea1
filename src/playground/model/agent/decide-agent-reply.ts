import type { Reply } from "../protocol/reply.ts";
import { toTextReply } from "../protocol/reply.ts";
import type { MessagesRequest } from "../protocol/request-schema.ts";
import { addRoute, moveRoute } from "../scripts/add-route.ts";
import { addTest } from "../scripts/add-test.ts";
import { answerQuestion } from "../scripts/answer-question.ts";
import { askFirst } from "../scripts/ask-first.ts";
import { drawChart } from "../scripts/draw-chart.ts";
import { fixBugs } from "../scripts/fix-bugs.ts";
import type { Job, Progress } from "../scripts/job.ts";
import { ABOUT_THE_MODEL, leaveNote } from "../scripts/leave-note.ts";
import { chooseWork, type Work } from "./choose-work.ts";
import { type Conversation, readConversation } from "./conversation.ts";
import { findPullRequest } from "./publish.ts";
import { replay, type Script } from "./replay.ts";

/** The scripted agent's next words and tool calls, decided from the request's messages alone. */
export function decideAgentReply(request: MessagesRequest): Reply {
	const conversation = readConversation(request);
	const turn = conversation.turns.at(-1);
	if (!turn) return toTextReply(ABOUT_THE_MODEL);
	if (conversation.context.repository === null || !conversation.tools.has("bash")) {
		return toTextReply(talk(turn.requests.join("\n")));
	}
	const move = replay(workThrough(conversation, turn.requests), turn.records, conversation.tools);
	if (move.do === "answer") return toTextReply(move.text);
	const { say, calls } = move.step;
	return {
		blocks: [
			...(say === "" ? [] : [{ type: "text" as const, text: say }]),
			...calls.map((call) => ({ type: "tool_use" as const, ...call })),
		],
		stopReason: "tool_use",
	};
}

function* workThrough(conversation: Conversation, requests: readonly string[]): Script {
	const progress = readProgress(conversation);
	const answers: string[] = [];
	for (const text of requests) {
		for (const work of chooseWork(text, progress.route)) {
			answers.push(yield* start(work, { conversation, progress, text }));
		}
	}
	return answers.join("\n\n---\n\n");
}

/** What the turns before the current one have left behind. */
function readProgress({ turns, tools, context }: Conversation): Progress {
	const earlier = turns.slice(0, -1);
	const edits = earlier
		.flatMap((turn) => turn.records)
		.filter((record) => record.name === "edit" && !record.isError);
	const prefix = `${context.directory ?? ""}/`;
	const added = edits.flatMap((record) => [
		...String(record.input.newString).matchAll(/\bpath: "(\/[^"]+)"/g),
	]);
	return {
		pullRequest: findPullRequest(earlier, tools, context.branch),
		edited: edits.map((record) => String(record.input.filePath).replace(prefix, "")),
		route: added.at(-1)?.[1] ?? null,
	};
}

function start(work: Work, job: Job): Script {
	switch (work.kind) {
		case "fix":
			return fixBugs(job, work.bugs);
		case "add-route":
			return addRoute(job, work.path);
		case "move-route":
			return moveRoute(job, work.from, work.to);
		case "add-test":
			return addTest(job);
		case "chart":
			return drawChart();
		case "ask":
			return askFirst(job);
		case "question":
			return answerQuestion(job);
		case "unknown":
			return leaveNote(job);
		default:
			return work satisfies never;
	}
}

/** What is said where there is no repository to work in. */
function talk(text: string): string {
	if (/\b(thanks|thank you|thx|cheers)\b/i.test(text)) return `You are welcome.\n\n${ABOUT_THE_MODEL}`;
	if (/^\W*(hi|hello|hey|good (morning|evening|day))\b/i.test(text)) {
		return `Hello. Tell me what to do in a repository, for example “fix the failing tests of the web shop”.\n\n${ABOUT_THE_MODEL}`;
	}
	return `There is no repository in this session, so I can only answer in words, and I have none of my own for this.\n\n${ABOUT_THE_MODEL}`;
}
