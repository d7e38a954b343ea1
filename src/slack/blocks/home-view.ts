import type { HomeView, KnownBlock } from "@slack/types";
import { contextLine, section } from "./message.ts";

/** What Bobbin is and how to begin, and what the person may set. */
export function homeView(botUserId: string, settings: KnownBlock[]): HomeView {
	return {
		type: "home",
		blocks: [
			{ type: "header", text: { type: "plain_text", text: "Bobbin turns threads into pull requests" } },
			section(
				`Mention <@${botUserId}> in a channel, or write to me here, and say what to change:\n• _Fix the rounding of the cart total in acme/web-shop_\n• _Why is checkout slow? Have a look in acme/web-shop_`,
			),
			section(
				"I find out which repository you mean (or ask), work in a sandbox, show what I do in the thread and open a pull request. Every reply in that thread goes on with the same work; *stop* stops it.",
			),
			...settings,
			contextLine("`/bobbin help` says this anywhere."),
		],
	};
}
