import type { ImageElement } from "@slack/types";
import { ExternalLink } from "../text/external-link.tsx";

/** A picture. The page asks nobody outside of this machine, so a picture from elsewhere is a link with its words. */
export function Image({
	image,
	kind,
}: {
	image: Omit<ImageElement, "type">;
	kind: "tiny" | "thumb" | "large";
}) {
	const url = "image_url" in image ? String(image.image_url) : null;
	if (url !== null && isNear(url))
		return <img className={`image image-${kind}`} src={url} alt={image.alt_text} />;
	const words = image.alt_text || "picture";
	return (
		<span className={`image image-${kind} image-away`} title="Pictures from elsewhere are not loaded here">
			{url === null ? words : <ExternalLink url={url}>{kind === "tiny" ? "🖼" : words}</ExternalLink>}
		</span>
	);
}

function isNear(url: string): boolean {
	return URL.canParse(url) && new URL(url).origin === location.origin;
}
