import type { ContentBlock, MessagesRequest } from "../protocol/request-schema.ts";

/** What Bobbin told the agent about the session. */
interface WorkContext {
	/** `owner/name`; null when the session has no repository. */
	repository: string | null;
	branch: string | null;
	baseBranch: string | null;
	/** Absolute path of the checkout. */
	directory: string | null;
}

/** A tool call that came back. */
export interface ToolRecord {
	name: string;
	input: Record<string, unknown>;
	output: string;
	isError: boolean;
}

/** One thing asked, and what has been done about it so far. */
export interface Turn {
	/** The person's words; more than one where something was added while the work went on. */
	requests: string[];
	records: ToolRecord[];
	/** The model has said its last words on it. */
	answered: boolean;
}

export interface Conversation {
	context: WorkContext;
	turns: Turn[];
	/** Names of the tools on offer. */
	tools: ReadonlySet<string>;
}

const CONTEXT_START = "<bobbin-context>";
const CONTEXT_END = "</bobbin-context>";
/** How Bobbin tells the agent to go on with the request that follows. */
const INTERRUPTED_NOTICE = /^Your previous turn\b.*\binterrupted\b/s;
/** How OpenCode hands over words that arrived while it worked (seen in 1.18.33). */
const STEERED =
	/^<system-reminder>\s*The user sent the following message:\n([\s\S]*?)\n\nPlease address this/;
/** Texts that OpenCode adds on its own account. */
const ADDED_BY_OPENCODE = /^<system-reminder>|^Called the \w+ tool with|^\[Tool execution/;
const GO_ON =
	/^\W*(please )?(continue|go on|carry on|keep going|try again|retry)\W*$|^Go on where you were\b/i;
const ADDITION = /^\s*(also|and|plus|additionally|then)\b/i;
const INTERRUPTED_TOOL = /^\[?Tool execution (was )?(interrupted|aborted)|^The operation was aborted/i;

/** Reads what was asked and done out of a request's messages. Nothing else is known to the scripted agent. */
export function readConversation(request: MessagesRequest): Conversation {
	const turns: Turn[] = [];
	const calls = new Map<string, { name: string; input: Record<string, unknown> }>();
	let context = readSystemContext(request);

	for (const message of request.messages) {
		const blocks: readonly ContentBlock[] =
			typeof message.content === "string" ? [{ type: "text", text: message.content }] : message.content;
		if (message.role === "assistant") {
			const uses = blocks.filter((block) => block.type === "tool_use");
			for (const use of uses) calls.set(use.id, { name: use.name, input: use.input });
			const turn = turns.at(-1);
			if (turn) turn.answered = uses.length === 0;
			continue;
		}
		let goesOn = false;
		for (const block of blocks) {
			if (block.type === "tool_result") {
				const call = calls.get(block.tool_use_id);
				const output = toText(block.content);
				const lost = block.is_error === true && INTERRUPTED_TOOL.test(output);
				if (call && !lost) turns.at(-1)?.records.push({ ...call, output, isError: block.is_error === true });
			}
			if (block.type !== "text") continue;
			const text = block.text.trim();
			if (text.startsWith(CONTEXT_START)) context = readContext(text) ?? context;
			else if (INTERRUPTED_NOTICE.test(text)) goesOn = true;
			else addRequest(turns, text, goesOn);
		}
	}
	const tools = new Set((request.tools ?? []).map((tool) => tool.name));
	return { context, turns, tools };
}

function addRequest(turns: Turn[], text: string, goesOn: boolean): void {
	const steered = STEERED.exec(text)?.[1];
	if (steered === undefined && ADDED_BY_OPENCODE.test(text)) return;
	const words = (steered ?? text).trim();
	if (words === "") return;
	const last = turns.at(-1);
	if (last && (GO_ON.test(words) || (goesOn && last.requests.includes(words)))) {
		// A turn that ended did so at a refusal: what was refused is tried again, the rest is not done twice.
		if (last.answered) last.records = last.records.filter((record) => !isWorthRepeating(record));
		last.answered = false;
		return;
	}
	if (last && !last.answered && last.requests.includes(words)) return;
	if (last && !last.answered && last.records.length > 0 && ADDITION.test(words)) last.requests.push(words);
	else turns.push({ requests: [words], records: [], answered: false });
}

function isWorthRepeating(record: ToolRecord): boolean {
	return record.isError || String(record.input.command ?? "").startsWith("git push");
}

function readContext(text: string): WorkContext | null {
	const end = text.indexOf(CONTEXT_END);
	if (end < 0) return null;
	const lines = text.slice(CONTEXT_START.length, end).split("\n");
	const value = (label: string) =>
		lines
			.find((line) => line.startsWith(`${label}: `))
			?.slice(label.length + 2)
			.trim() || null;
	const repository = value("Repository");
	return {
		repository: repository !== null && /^[\w.-]+\/[\w.-]+$/.test(repository) ? repository : null,
		branch: value("Branch"),
		baseBranch: value("Base branch"),
		directory: value("Directory"),
	};
}

/** Without Bobbin's context there is still the working directory that OpenCode names in its system text. */
function readSystemContext(request: MessagesRequest): WorkContext {
	const system = typeof request.system === "string" ? request.system : toText(request.system);
	const directory = /^\s*Working directory: (\/\S+)\s*$/m.exec(system)?.[1] ?? null;
	return { repository: null, branch: null, baseBranch: null, directory };
}

function toText(content: string | readonly { type: string; text?: unknown }[] | undefined): string {
	if (content === undefined || typeof content === "string") return content ?? "";
	return content.map((block) => (typeof block.text === "string" ? block.text : "")).join("\n");
}
