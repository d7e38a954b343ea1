import type { VideoBlock } from "@slack/types";
import { ExternalLink } from "../text/external-link.tsx";
import { Plain } from "../text/plain.tsx";

/** A video's title and where it is; the page loads nothing from elsewhere. */
export function Video({ block }: { block: VideoBlock }) {
	return (
		<div className="block-card">
			<strong>
				<ExternalLink url={block.title_url ?? block.video_url}>
					<Plain text={block.title.text} />
				</ExternalLink>
			</strong>
			{block.description && <Plain text={block.description.text} />}
			<span className="image image-large image-away">▶ {block.alt_text}</span>
		</div>
	);
}
