import type { ImageElement, SlackFile } from "@slack/types";
import { usePicture } from "../conversation/use-picture.ts";
import { ExternalLink } from "../text/external-link.tsx";

type Picture = Omit<ImageElement, "type">;

/** A picture. The page asks nobody outside of this machine, so a picture from elsewhere is a link with its words. */
export function Image({ image, kind }: { image: Picture; kind: "tiny" | "thumb" | "large" }) {
	const file = usePicture(fileUrl(image));
	const url = "image_url" in image ? String(image.image_url) : null;
	const near = url !== null && isNear(url) ? url : file;
	if (near !== null) return <img className={`image image-${kind}`} src={near} alt={image.alt_text} />;
	const words = image.alt_text || "picture";
	return (
		<span
			className={`image image-${kind} image-away`}
			title={url === null ? "" : "Pictures from elsewhere are not loaded here"}
		>
			{url === null ? words : <ExternalLink url={url}>{kind === "tiny" ? "🖼" : words}</ExternalLink>}
		</span>
	);
}

/** Where the workspace has the file of a picture; null: it is none of its files. */
function fileUrl(image: Picture): string | null {
	if (!("slack_file" in image)) return null;
	const file = image.slack_file as SlackFile;
	return "url" in file
		? file.url
		: new URL(`/playground/slack/files/-${file.id}/picture`, location.href).href;
}

function isNear(url: string): boolean {
	return URL.canParse(url) && new URL(url).origin === location.origin;
}
