import type { MaskedPart, PromptContext, SaidMessage } from "../../db/schema/prompts.ts";
import type { Mask } from "../ports.ts";

/** A prompt's words without secrets, and what was masked in which part. */
export async function maskPrompt<
	Prompt extends { text: string; context: PromptContext; maskedKinds?: string[] },
>(mask: Mask, prompt: Prompt): Promise<{ prompt: Prompt; masked: MaskedPart[] }> {
	const [text, context] = await Promise.all([mask(prompt.text), maskContext(mask, prompt.context)]);
	return {
		prompt: { ...prompt, text: text.text, context: context.context },
		masked: [...toParts("text", [...(prompt.maskedKinds ?? []), ...text.kinds]), ...context.masked],
	};
}

export async function maskContext(
	mask: Mask,
	context: PromptContext,
): Promise<{ context: PromptContext; masked: MaskedPart[] }> {
	const kinds: string[] = [];
	const maskText = async (given: string) => {
		const { text, kinds: found } = await mask(given);
		kinds.push(...found);
		return text;
	};
	const maskSaid = (said: SaidMessage[]) =>
		Promise.all(said.map(async (one) => ({ ...one, text: await maskText(one.text) })));
	const { channelTopic, thread, quoted, checks } = context;
	const masked: PromptContext = {
		...context,
		...(channelTopic === undefined ? {} : { channelTopic: await maskText(channelTopic) }),
		...(thread === undefined ? {} : { thread: await maskSaid(thread) }),
		...(quoted === undefined ? {} : { quoted: await maskSaid(quoted) }),
		...(checks === undefined
			? {}
			: { checks: await Promise.all(checks.map(async (one) => ({ ...one, log: await maskText(one.log) }))) }),
	};
	return { context: masked, masked: toParts("context", kinds) };
}

function toParts(part: string, kinds: string[]): MaskedPart[] {
	return kinds.length === 0 ? [] : [{ part, kinds }];
}
