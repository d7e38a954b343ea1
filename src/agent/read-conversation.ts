import type { Message, OpencodeClient, Part, QuestionRequest } from "@opencode-ai/sdk/v2";
import { AppError } from "../errors.ts";

/** A server that stopped answering must not hold a turn: every call but the event stream has this limit. */
export const CALL_LIMIT_MS = 20_000;

export interface Conversation {
	busy: boolean;
	/** Oldest first. */
	messages: { info: Message; parts: Part[] }[];
	/** What people are asked and have not answered. */
	questions: QuestionRequest[];
}

/** Everything that OpenCode keeps of a conversation. @throws AppError `agent_unreachable` */
export async function readConversation(
	client: OpencodeClient,
	conversationId: string,
): Promise<Conversation> {
	try {
		// The status first: a turn that ends between the two reads then looks busy for once, never idle too early.
		const status = await client.session.status(
			{},
			{ throwOnError: true, signal: AbortSignal.timeout(CALL_LIMIT_MS) },
		);
		const messages = await client.session.messages(
			{ sessionID: conversationId },
			{ throwOnError: true, signal: AbortSignal.timeout(CALL_LIMIT_MS) },
		);
		const state = status.data[conversationId];
		const isBusy = state !== undefined && state.type !== "idle";
		const options = { throwOnError: true, signal: AbortSignal.timeout(CALL_LIMIT_MS) } as const;
		const questions = isBusy ? (await client.question.list({}, options)).data : [];
		return {
			busy: isBusy,
			questions: questions.filter(({ sessionID }) => sessionID === conversationId),
			messages: messages.data.toSorted((a, b) => (a.info.id < b.info.id ? -1 : 1)),
		};
	} catch (error) {
		throw toUnreachable(error);
	}
}

export function toUnreachable(cause: unknown): AppError {
	return new AppError("agent_unreachable", "The coding agent does not answer. Try again.", {
		retryable: true,
		cause,
	});
}
