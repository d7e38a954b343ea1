import type { ReactNode } from "react";
import { EmojiSign } from "./emoji-sign.tsx";
import { keyed } from "./mrkdwn.tsx";

const EMOJI = /:([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):/;

/** Plain text: nothing has a meaning but emoji names, and those only unless they are switched off. */
export function Plain({ text, emoji = true }: { text: string; emoji?: boolean }): ReactNode {
	if (!emoji) return text;
	return keyed(
		text.split(EMOJI).map((piece, index) => ({ piece, isName: index % 2 === 1 })),
		({ piece, isName }) => (isName ? <EmojiSign name={piece} /> : piece),
	);
}
