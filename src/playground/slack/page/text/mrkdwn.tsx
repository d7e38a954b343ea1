import { Fragment, type ReactNode } from "react";
import { EmojiSign } from "./emoji-sign.tsx";
import { ExternalLink } from "./external-link.tsx";
import { ChannelChip, UserChip } from "./mention-chip.tsx";
import { type Inline, parseMrkdwn } from "./parse-mrkdwn.ts";
import { formatDate } from "./time.ts";

/** Slack's mrkdwn, drawn. */
export function Mrkdwn({ source }: { source: string }): ReactNode {
	return keyed(parseMrkdwn(source), (part) => {
		if (part.type === "code_block") return <pre className="code-block">{part.text}</pre>;
		if (part.type === "quote") {
			return (
				<blockquote className="quote">
					<InlineText parts={part.children} />
				</blockquote>
			);
		}
		return <InlineText parts={part.children} />;
	});
}

export function InlineText({ parts }: { parts: Inline[] }): ReactNode {
	return keyed(parts, drawInline);
}

/** Draws the items of a list that is never reordered, only replaced. */
export function keyed<T>(items: readonly T[], draw: (item: T) => ReactNode): ReactNode {
	return items.map((item, index) => (
		// biome-ignore lint/suspicious/noArrayIndexKey: parsed text has no identity but its place
		<Fragment key={index}>{draw(item)}</Fragment>
	));
}

function drawInline(part: Inline): ReactNode {
	switch (part.type) {
		case "text":
			return part.text;
		case "break":
			return <br />;
		case "bold":
			return (
				<strong>
					<InlineText parts={part.children} />
				</strong>
			);
		case "italic":
			return (
				<em>
					<InlineText parts={part.children} />
				</em>
			);
		case "strike":
			return (
				<s>
					<InlineText parts={part.children} />
				</s>
			);
		case "code":
			return <code className="code">{part.text}</code>;
		case "link":
			return <ExternalLink url={part.url}>{part.text}</ExternalLink>;
		case "user":
			return <UserChip id={part.id} />;
		case "channel":
			return <ChannelChip id={part.id} label={part.label} />;
		case "usergroup":
			return <span className="chip chip-me">{part.label ?? `@${part.id}`}</span>;
		case "broadcast":
			return <span className="chip chip-me">@{part.range}</span>;
		case "date":
			return <span>{formatDate(part.timestamp, part.format) ?? part.fallback}</span>;
		case "emoji":
			return <EmojiSign name={part.name} />;
		default:
			return part satisfies never;
	}
}
