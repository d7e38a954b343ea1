import type { SectionBlock } from "@slack/types";
import { Text } from "../text/text-object.tsx";
import { Element } from "./elements/element.tsx";

export function Section({ block }: { block: SectionBlock }) {
	const { accessory } = block;
	return (
		<div className="block-section">
			<div className="section-text">
				{block.text && <Text of={block.text} />}
				{block.fields && (
					<div className="section-fields">
						{block.fields.map((field, index) => (
							// biome-ignore lint/suspicious/noArrayIndexKey: fields have no identity but their place
							<div key={index}>
								<Text of={field} />
							</div>
						))}
					</div>
				)}
			</div>
			{accessory && (
				<div className="section-accessory">
					<Element element={accessory} blockId={block.block_id ?? ""} dispatches={true} />
				</div>
			)}
		</div>
	);
}
