import type { App } from "@slack/bolt";
import type { ListenerDeps } from "./deps.ts";

/** `/bobbin`: says privately how to work with Bobbin. Slack has no commands in threads, so it does nothing more. */
export function listenToCommand(app: App, { workspaces }: ListenerDeps): void {
	app.command("/bobbin", async ({ ack, body }) => {
		const { botUserId } = await workspaces.of(body.team_id);
		await ack({
			response_type: "ephemeral",
			text: [
				`Mention <@${botUserId}> in a channel, or write to me directly, and say what to change.`,
				"• Name the repository (`owner/name`) if you like; otherwise I find out or ask.",
				"• Every reply in the thread goes on with the same work; what comes while I work is queued.",
				"• *stop* in the thread, or the Stop button, stops it.",
			].join("\n"),
		});
	});
}
