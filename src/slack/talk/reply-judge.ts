import type { Said } from "../../../classifier/addressed.ts";
import type { FastCall } from "../../budget/meter-judgements.ts";

/** Says for whom a reply in a session's thread is meant; the shape of the classifier's judge. */
export interface ReplyJudge {
	/** `onCall` is told what the model is paid for. */
	judge(said: Said, onCall?: (call: FastCall) => void): Promise<{ addressed: boolean }>;
}
