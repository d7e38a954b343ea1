import type { KnownBlock } from "@slack/types";
import { Mrkdwn } from "../text/mrkdwn.tsx";
import { Plain } from "../text/plain.tsx";
import { Text } from "../text/text-object.tsx";
import { Card } from "./card.tsx";
import { Container } from "./container.tsx";
import { Element } from "./elements/element.tsx";
import { Image } from "./image.tsx";
import { Input } from "./input.tsx";
import { Markdown } from "./markdown.tsx";
import { Plan, TaskCard } from "./plan.tsx";
import { RichText } from "./rich-text.tsx";
import { Section } from "./section.tsx";
import { Table } from "./table.tsx";
import { UnknownBlock } from "./unknown-block.tsx";
import { Video } from "./video.tsx";

const ALERT_SIGNS = { default: "💬", info: "ℹ️", warning: "⚠️", error: "⛔", success: "✅" };

/** One block. The playground has checked its shape before it was kept. */
export function Block({ block: given }: { block: unknown }) {
	const block = given as KnownBlock;
	switch (block.type) {
		case "section":
			return <Section block={block} />;
		case "header":
			return (
				<h3 className="block-header">
					<Plain text={block.text.text} />
				</h3>
			);
		case "divider":
			return <hr className="block-divider" />;
		case "context":
			return (
				<div className="block-context">
					{block.elements.map((element, index) => {
						// biome-ignore lint/suspicious/noArrayIndexKey: these have no identity but their place
						if (element.type === "image") return <Image key={index} image={element} kind="tiny" />;
						// biome-ignore lint/suspicious/noArrayIndexKey: these have no identity but their place
						return <span key={index}>{<Text of={element} />}</span>;
					})}
				</div>
			);
		case "actions":
		case "context_actions":
			return (
				<div className="block-actions">
					{block.elements.map((element) => (
						<Element
							key={element.action_id}
							element={element}
							blockId={block.block_id ?? ""}
							dispatches={true}
						/>
					))}
				</div>
			);
		case "image":
			return (
				<figure className="block-image">
					{block.title && (
						<figcaption>
							<Plain text={block.title.text} />
						</figcaption>
					)}
					<Image image={block} kind="large" />
				</figure>
			);
		case "input":
			return <Input block={block} />;
		case "rich_text":
			return <RichText block={block} />;
		case "markdown":
			return <Markdown source={block.text} />;
		case "table":
			return <Table rows={block.rows} columns={block.column_settings ?? []} />;
		case "data_table":
			return <Table rows={block.rows} columns={[]} caption={block.caption} />;
		case "plan":
			return <Plan block={block} />;
		case "task_card":
			return <TaskCard task={block} />;
		case "card":
			return <Card block={block} />;
		case "carousel":
			return (
				<div className="block-carousel">
					{block.elements.map((card, index) => (
						<Card key={card.block_id ?? index} block={card} blockId={block.block_id ?? ""} />
					))}
				</div>
			);
		case "container":
			return (
				<Container block={block}>
					{block.child_blocks.map((child, index) => (
						<Block key={child.block_id ?? index} block={child} />
					))}
				</Container>
			);
		case "alert":
			return (
				<div className={`block-alert alert-${block.level ?? "default"}`} role="note">
					<span aria-hidden="true">{ALERT_SIGNS[block.level ?? "default"]}</span>
					<div>
						{block.text.type === "mrkdwn" ? <Mrkdwn source={block.text.text} /> : <Text of={block.text} />}
					</div>
				</div>
			);
		case "video":
			return <Video block={block} />;
		default:
			return <UnknownBlock block={given} />;
	}
}
