import { emojiSign } from "./emoji.ts";

/** An emoji by its name; a name that is not in the table is shown as Slack shows an unknown one. */
export function EmojiSign({ name }: { name: string }) {
	const sign = emojiSign(name);
	if (sign === null) return <span>:{name}:</span>;
	return (
		<span className="emoji" role="img" aria-label={name} title={`:${name}:`}>
			{sign}
		</span>
	);
}
