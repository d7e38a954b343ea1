import type { CardBlock } from "@slack/types";
import { Text } from "../text/text-object.tsx";
import { Element } from "./elements/element.tsx";
import { Image } from "./image.tsx";

/** @param blockId of the block around it, for a card in a carousel that has none of its own */
export function Card({ block, blockId = "" }: { block: CardBlock; blockId?: string }) {
	return (
		<article className="block-card">
			{block.hero_image && <Image image={block.hero_image} kind="large" />}
			<div className="card-head">
				{block.icon && <Image image={block.icon} kind="tiny" />}
				<div>
					{block.title && (
						<strong>
							<Text of={block.title} />
						</strong>
					)}
					{block.subtitle && (
						<div className="quiet">
							<Text of={block.subtitle} />
						</div>
					)}
				</div>
			</div>
			{block.body && (
				<div>
					<Text of={block.body} />
				</div>
			)}
			{block.actions && (
				<div className="block-actions">
					{block.actions.map((button) => (
						<Element
							key={button.action_id}
							element={button}
							blockId={block.block_id ?? blockId}
							dispatches={true}
						/>
					))}
				</div>
			)}
		</article>
	);
}
