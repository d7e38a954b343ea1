import type { ContainerBlock } from "@slack/types";
import type { ReactNode } from "react";
import { Plain } from "../text/plain.tsx";
import { Text } from "../text/text-object.tsx";
import { RichText } from "./rich-text.tsx";

/** Blocks in a frame with a title, folded where the app wants it. */
export function Container({ block, children }: { block: ContainerBlock; children: ReactNode }) {
	const title = (
		<>
			<strong>
				{block.rich_text_title ? (
					<RichText block={block.rich_text_title} />
				) : (
					<Plain text={block.title?.text ?? ""} />
				)}
			</strong>
			{block.subtitle && (
				<div className="quiet">
					<Text of={block.subtitle} />
				</div>
			)}
		</>
	);
	if (!block.is_collapsible) {
		return (
			<section className="block-container">
				<header>{title}</header>
				<div className="blocks">{children}</div>
			</section>
		);
	}
	return (
		<details className="block-container" open={!block.default_collapsed}>
			<summary>{title}</summary>
			<div className="blocks">{children}</div>
		</details>
	);
}
