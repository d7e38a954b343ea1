import type { PictureLink } from "./link-pictures.ts";

/** Pure. Pictures in Markdown, each under its title as plain words. GitHub breaks lines in texts where they break. */
export function drawLinks(pictures: PictureLink[]): string[] {
	return pictures.map(({ title, url }) => {
		// Neither markup, nor anybody's name, nor another issue's number.
		const words = title.replace(/[^\p{L}\p{M}\p{N}.,:;'"()%/+=?-]+/gu, " ").trim() || "Picture";
		return `${words}\n![${words}](${url})`;
	});
}
