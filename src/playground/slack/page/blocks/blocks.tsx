import { Block } from "./block.tsx";
import { BlockBoundary } from "./block-boundary.tsx";

/** A list of Block Kit blocks. */
export function Blocks({ blocks }: { blocks: readonly unknown[] }) {
	return (
		<div className="blocks">
			{blocks.map((block, index) => (
				<BlockBoundary key={idOf(block) ?? index} block={block}>
					<Block block={block} />
				</BlockBoundary>
			))}
		</div>
	);
}

function idOf(block: unknown): string | null {
	const id = typeof block === "object" && block !== null && "block_id" in block ? block.block_id : null;
	return typeof id === "string" ? id : null;
}
