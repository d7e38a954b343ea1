import { WebClient } from "@slack/web-api";
import manifest from "../../manifests/slack-app.json" with { type: "json" };
import { AppError } from "../errors.ts";
import { createLog } from "../log.ts";
import { clientOptions, type SlackConnection } from "./clients.ts";
import { askWhoWeAre } from "./identity.ts";

/**
 * Looks at the app as it is registered: does the token work, has it every scope of the manifest.
 *
 * @throws AppError `slack_unavailable`
 */
export async function checkSlack(
	connection: SlackConnection,
): Promise<{ team: string; problems: { message: string; fix: string }[] }> {
	const client = new WebClient(
		connection.botToken ?? "",
		clientOptions(connection, createLog({ level: "silent", pretty: false })),
	);
	const who = await askWhoWeAre(client);
	if (who.outcome === "refused")
		throw new AppError("slack_unavailable", `Slack does not accept the bot token (${who.error}).`);
	const { identity } = who;
	const missing = manifest.oauth_config.scopes.bot.filter((scope) => !identity.scopes.includes(scope));
	return {
		team: identity.teamName,
		problems:
			missing.length === 0
				? []
				: [
						{
							message: `the bot token lacks ${missing.join(", ")}`,
							fix: "update the app from manifests/slack-app.json and install it again",
						},
					],
	};
}
