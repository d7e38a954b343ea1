import { readConversation } from "./agent/conversation.ts";
import { decideAgentReply } from "./agent/decide-agent-reply.ts";
import { decideAddressed } from "./classifier/decide-addressed.ts";
import { decideRepository } from "./classifier/decide-repository.ts";
import { readQuestion } from "./classifier/read-question.ts";
import { type Reply, toTextReply } from "./protocol/reply.ts";
import type { MessagesRequest } from "./protocol/request-schema.ts";

/** What a request is for, told from its tools and texts. */
export type RequestKind = "classifier" | "addressed" | "agent" | "title" | "summary";

const CHOOSE_TOOL = "choose_repository";
const JUDGE_TOOL = "judge_message";

export function toRequestKind(request: MessagesRequest): RequestKind {
	if (request.tools?.some((tool) => tool.name === CHOOSE_TOOL)) return "classifier";
	if (request.tools?.some((tool) => tool.name === JUDGE_TOOL)) return "addressed";
	if (request.tools && request.tools.length > 0) return "agent";
	const system = JSON.stringify(request.system ?? "").slice(0, 4000);
	if (/title generator|generate a (short |brief )?title/i.test(system)) return "title";
	const last = JSON.stringify(request.messages.at(-1) ?? "");
	return /summar(y|i[sz]e)/i.test(system) || /summar(y|i[sz]e)|continuing our conversation/i.test(last)
		? "summary"
		: "agent";
}

/** The scripted model: one request in, one reply out, nothing remembered. */
export function decideReply(request: MessagesRequest): Reply {
	const kind = toRequestKind(request);
	switch (kind) {
		case "classifier":
			return answerClassifier(request);
		case "addressed":
			return answerAddressed(request);
		case "agent":
			return decideAgentReply(request);
		case "title":
			return toTextReply(toTitle(request));
		case "summary":
			return toTextReply(toSummary(request));
		default:
			return kind satisfies never;
	}
}

function answerClassifier(request: MessagesRequest): Reply {
	const question = readQuestion(request);
	if (!question) return toTextReply("I could not read the question.");
	const input = { ...decideRepository(question) };
	return { blocks: [{ type: "tool_use", name: CHOOSE_TOOL, input }], stopReason: "tool_use" };
}

function answerAddressed(request: MessagesRequest): Reply {
	const input = decideAddressed(request);
	if (!input) return toTextReply("I could not read the question.");
	return { blocks: [{ type: "tool_use", name: JUDGE_TOOL, input }], stopReason: "tool_use" };
}

function toTitle(request: MessagesRequest): string {
	const text = readConversation(request)
		.turns.flatMap((turn) => turn.requests)
		.findLast((line) => !/^generate a title/i.test(line));
	const words = (text ?? "")
		.replace(/[`"“”*_#<>]/g, "")
		.trim()
		.split(/\s+/)
		.slice(0, 7)
		.join(" ");
	return words === "" ? "New session" : `${words.charAt(0).toUpperCase()}${words.slice(1)}`.slice(0, 60);
}

function toSummary(request: MessagesRequest): string {
	const { turns } = readConversation(request);
	const records = turns.flatMap((turn) => turn.records);
	const files = records
		.filter((record) => (record.name === "edit" || record.name === "write") && !record.isError)
		.map((record) => String(record.input.filePath));
	const opened = records.findLast((record) => record.name.endsWith("open_pull_request") && !record.isError);
	const asked = turns.slice(0, -1).flatMap((turn) => turn.requests);
	return [
		"## Asked",
		...asked.map((text) => `- ${text.replace(/\s+/g, " ").slice(0, 300)}`),
		"## Changed",
		...([...new Set(files)].map((file) => `- ${file}`) || []),
		...(opened ? ["## Pull request", opened.output.slice(0, 300)] : []),
	].join("\n");
}
