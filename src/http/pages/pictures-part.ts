import { html } from "hono/html";
import type { PictureView } from "../../sessions/session-view.ts";

/** Pictures that the agent made during a turn, oldest first. */
export function picturesPart(sessionId: string, pictures: readonly PictureView[]) {
	return pictures.map(
		({ id, title }) =>
			html`<figure id="picture-${id}">
				<figcaption>${title}</figcaption>
				<img src="/sessions/${sessionId}/pictures/${id}" alt="${title}" loading="lazy">
			</figure>`,
	);
}
