import type { Message } from "./model.ts";
import type { Store } from "./store.ts";
import { APP } from "./world.ts";

/** Another app of the workspace, which posts what breaks. */
const SENTRY = { userId: "U0SENTRY001", botId: "B0SENTRY001", appId: "A0SENTRY001" };
const SEEDED_TS = "1760000100.000100";
const ISSUE = "https://acme.sentry.example/issues/4711";

/** An alert that stands in a channel, as Sentry's app writes them: nothing in its text, all in an attachment. */
export function seedAlert(store: Store, channelId: string): void {
	store.saveUser({
		id: SENTRY.userId,
		team_id: APP.teamId,
		name: "sentry",
		real_name: "Sentry",
		email: "",
		kind: "bot",
		deleted: false,
		token: null,
	});
	store.addMember(channelId, SENTRY.userId);
	const mrkdwn = (text: string) => ({ type: "mrkdwn", text });
	const message: Message = {
		type: "message",
		subtype: "bot_message",
		user: SENTRY.userId,
		text: "",
		ts: SEEDED_TS,
		team: APP.teamId,
		bot_id: SENTRY.botId,
		app_id: SENTRY.appId,
		username: "Sentry",
		bot_profile: { id: SENTRY.botId, app_id: SENTRY.appId, name: "Sentry", team_id: APP.teamId },
		attachments: [
			{
				id: 1,
				color: "e03e2f",
				fallback: "[web-shop] AssertionError: 1 cent is missing from the cart's total",
				blocks: [
					{
						type: "section",
						block_id: "title",
						text: mrkdwn(`*<${ISSUE}|AssertionError: 1 cent is missing from the cart's total>*`),
					},
					{
						type: "context",
						block_id: "where",
						elements: [mrkdwn("`cartTotal` in `src/cart.ts`, project *web-shop*")],
					},
					{
						type: "section",
						block_id: "stack",
						text: mrkdwn("```at cartTotal (src/cart.ts:14:9)\nat checkout (src/checkout.ts:41:17)```"),
					},
					{
						type: "section",
						block_id: "facts",
						fields: [mrkdwn("*environment*: production"), mrkdwn("*release*: 1.4.2"), mrkdwn("*users*: 128")],
					},
					{
						type: "actions",
						block_id: "acts",
						elements: [
							{
								type: "button",
								action_id: "open",
								text: { type: "plain_text", text: "View issue" },
								url: ISSUE,
							},
						],
					},
				],
			},
		],
	};
	store.saveMessage(channelId, message);
}
