import type { FastCall } from "../../budget/meter-judgements.ts";

/** Says for whom a reply in a session's thread is meant; the shape of the classifier's judge. */
export interface ReplyJudge {
	/** `onCall` is told what the model is paid for. */
	judge(
		said: {
			text: string;
			author: string;
			mentionsBot: boolean;
			beginsWithPerson: boolean;
			hasFiles: boolean;
			others: string[];
			thread: { author: string; fromBot: boolean; text: string }[];
			botAsked: boolean;
		},
		onCall?: (call: FastCall) => void,
	): Promise<{ addressed: boolean }>;
}
