import type { OpeningView } from "../../sessions/session-view.ts";
import { codeSpan, plainLine } from "../text/escape.ts";
import { contextLine, fallback, type OutgoingMessage, section } from "./message.ts";

/** In the place of a pull request's card while there is none: for whom it waits, or why GitHub refused it. */
export function openingMessage(opening: OpeningView): OutgoingMessage {
	const title = plainLine(opening.title, 250);
	const place = `${codeSpan(opening.repository)} · ${codeSpan(opening.branch)} → ${codeSpan(opening.base)}`;
	if (opening.problem !== null) {
		const why = plainLine(opening.problem.message, 1_000);
		const words = `⚠️ *The pull request could not be opened:* ${title}\n${why}`;
		return {
			text: fallback(words),
			blocks: [
				section(words),
				contextLine(`${place} · The branch is pushed; reply here to have it tried again.`),
			],
		};
	}
	const who = plainLine(opening.waitsFor?.name || "its author", 80);
	const words = `🔗 *Ready to be opened:* ${title}\nIt waits for ${who} to connect a GitHub account: only they see the button for it here. It is opened by itself then.`;
	return { text: fallback(words), blocks: [section(words), contextLine(place)] };
}
