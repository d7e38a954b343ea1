import { Blocks } from "../blocks/blocks.tsx";
import { ExternalLink } from "../text/external-link.tsx";
import { Mrkdwn } from "../text/mrkdwn.tsx";

interface Shape {
	color?: string;
	pretext?: string;
	author_name?: string;
	title?: string;
	title_link?: string;
	text?: string;
	fallback?: string;
	footer?: string;
	fields?: { title?: string; value?: string }[];
	blocks?: unknown[];
	/** Of a message that was forwarded. */
	message_blocks?: { message?: { blocks?: unknown[] } }[];
}

/** A secondary attachment, with its coloured bar. */
export function Attachment({ attachment }: { attachment: unknown }) {
	const shape = attachment as Shape;
	const { title, title_link: link } = shape;
	const inside = (shape.message_blocks ?? []).flatMap(({ message }) => message?.blocks ?? []);
	const blocks = shape.blocks ?? (shape.text || inside.length === 0 ? undefined : inside);
	const colour = /^#?([0-9a-f]{6})$/i.exec(shape.color ?? "")?.[1];
	const words = shape.text ?? (blocks === undefined && !title ? shape.fallback : undefined);
	return (
		<>
			{shape.pretext && <Mrkdwn source={shape.pretext} />}
			<div className="attachment" style={colour === undefined ? {} : { borderColor: `#${colour}` }}>
				{shape.author_name && <small>{shape.author_name}</small>}
				{title && <strong>{link ? <ExternalLink url={link}>{title}</ExternalLink> : title}</strong>}
				{words && (
					<div>
						<Mrkdwn source={words} />
					</div>
				)}
				{shape.fields?.map((field) => (
					<div key={`${field.title}${field.value}`}>
						<strong>{field.title}</strong> <Mrkdwn source={field.value ?? ""} />
					</div>
				))}
				{blocks && <Blocks blocks={blocks} />}
				{shape.footer && <small className="quiet">{shape.footer}</small>}
			</div>
		</>
	);
}
