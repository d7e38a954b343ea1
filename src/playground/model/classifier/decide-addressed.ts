import { z } from "zod";
import type { MessagesRequest } from "../protocol/request-schema.ts";

const question = z.object({
	thread: z.array(z.object({ author: z.string(), bot: z.boolean(), text: z.string() })),
	message: z.object({ author: z.string(), text: z.string() }),
});

type Judgement = { addressed: boolean; confidence: number };

/** Talk between people, about plans, appointments and the bot itself. */
const TALK =
	/\b(ha(ha)+|lol|lunch|coffee|meeting|retro|holiday|weekend|let'?s|anybody|anyone|does any|who wrote|wrong (thread|channel)|the bot|i'?(ll|m| am)|i (told|remember|guess|think|thought|can|will|would|just|know)|we (should|had|have|could|need to talk)|should we|shall we|not a fan|another story|that would be|so too|thanks for|see what it)\b/i;
/** What people ask somebody to do who does the work. */
const REQUEST =
	/^(?:(?:please|pls|also|now|and|then|ok|yes|no|hm+|but|actually|instead)[\s,]+)*(?:add|also|bump|change|check|commit|cover|create|delete|do|document|don'?t|drop|explain|fix|include|keep|let|look|make|merge|move|open|per line|please|push|put|rebase|remove|rename|replace|rerun|revert|round|run|show|skip|split|squash|stop|test|try|undo|update|use|write)\b|\b(?:can|could|would|will) you\b|\bplease\b|\binstead\b|\b(?:did|do|have) you\b|\bwhich (?:files?|tests?|lines?)\b|\bit still\b|\bas well\b|\bwhat about\b|^(?:what|how|where|why) (?:do|does|did|is|are)\b/i;

/** A scripted stand-in for a fast model's judgement. Null: it is not that question. */
export function decideAddressed(request: MessagesRequest): Judgement | null {
	const content = request.messages.findLast((message) => message.role === "user")?.content ?? "";
	const text =
		typeof content === "string"
			? content
			: content.map((block) => (block.type === "text" ? block.text : "")).join("\n");
	const read = (tag: string): unknown => {
		const json = new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(text)?.[1];
		return json === undefined ? undefined : JSON.parse(json);
	};
	const parsed = question.safeParse({ thread: read("thread"), message: read("message") });
	return parsed.success ? judge(parsed.data) : null;
}

function judge({ thread, message }: z.infer<typeof question>): Judgement {
	const last = thread.at(-1);
	const followsBot = last?.bot === true;
	const isAnswer = followsBot && last.text.trimEnd().endsWith("?");
	if (TALK.test(message.text)) return { addressed: false, confidence: 0.85 };
	if (REQUEST.test(message.text)) return { addressed: true, confidence: 0.9 };
	if (isAnswer) return { addressed: true, confidence: 0.85 };
	return followsBot ? { addressed: true, confidence: 0.6 } : { addressed: false, confidence: 0.6 };
}
