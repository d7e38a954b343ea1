import type { RichTextBlock, RichTextBlockElement, RichTextElement } from "@slack/types";
import type { ReactNode } from "react";
import { EmojiSign } from "../text/emoji-sign.tsx";
import { ExternalLink } from "../text/external-link.tsx";
import { ChannelChip, UserChip } from "../text/mention-chip.tsx";
import { keyed } from "../text/mrkdwn.tsx";
import { formatDate } from "../text/time.ts";

/** A `rich_text` block: text whose parts say themselves what they are. */
export function RichText({ block }: { block: RichTextBlock }): ReactNode {
	return keyed(block.elements, drawPart);
}

function drawPart(part: RichTextBlockElement): ReactNode {
	switch (part.type) {
		case "rich_text_section":
			return <div className="rich-lines">{keyed(part.elements, drawInline)}</div>;
		case "rich_text_quote":
			return <blockquote className="quote rich-lines">{keyed(part.elements, drawInline)}</blockquote>;
		case "rich_text_preformatted":
			return <pre className="code-block">{keyed(part.elements, drawInline)}</pre>;
		case "rich_text_list": {
			const items = keyed(part.elements, (item) => <li>{keyed(item.elements, drawInline)}</li>);
			const style = { marginInlineStart: (part.indent ?? 0) * 24 };
			return part.style === "ordered" ? (
				<ol className="list" style={style}>
					{items}
				</ol>
			) : (
				<ul className="list" style={style}>
					{items}
				</ul>
			);
		}
		default:
			return part satisfies never;
	}
}

function drawInline(element: RichTextElement): ReactNode {
	const words = drawWords(element);
	const style = element.style ?? {};
	const styled = style.code ? <code className="code">{words}</code> : words;
	return (
		<span
			className={[
				style.bold && "is-bold",
				style.italic && "is-italic",
				style.strike && "is-struck",
				style.underline && "is-underlined",
			]
				.filter(Boolean)
				.join(" ")}
		>
			{styled}
		</span>
	);
}

function drawWords(element: RichTextElement): ReactNode {
	switch (element.type) {
		case "text":
			return element.text;
		case "link":
			return <ExternalLink url={element.url}>{element.text || element.url}</ExternalLink>;
		case "user":
			return <UserChip id={element.user_id} />;
		case "channel":
			return <ChannelChip id={element.channel_id} label={null} />;
		case "usergroup":
			return <span className="chip">@{element.usergroup_id}</span>;
		case "team":
			return <span className="chip">{element.team_id}</span>;
		case "broadcast":
			return <span className="chip chip-me">@{element.range}</span>;
		case "emoji":
			return <EmojiSign name={element.name} />;
		case "date":
			return formatDate(element.timestamp, element.format) ?? element.fallback;
		case "color":
			return (
				<>
					<i className="swatch" style={{ background: element.value }} /> {element.value}
				</>
			);
		default:
			return element satisfies never;
	}
}
