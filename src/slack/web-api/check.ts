import { WebClient } from "@slack/web-api";
import { AppError } from "../../errors.ts";
import { createLog } from "../../log.ts";
import { compareApp, exportedManifest, type Finding, missingScopes } from "../install/compare-app.ts";
import { toCallFailure } from "./call-failure.ts";
import { clientOptions, type SlackConnection } from "./clients.ts";
import { askWhoWeAre } from "./identity.ts";

export interface CheckedInstallation {
	/** Of the workspace; null: Slack says it. */
	name: string | null;
	token: string;
	/** How this one is installed again. */
	again: string;
}

/**
 * Looks at the app as it is registered and installed: does each token work, has it the scopes that the app uses, and (with
 * a token for the app's settings) does it hear what the app listens to.
 *
 * @throws AppError `slack_unavailable`
 */
export async function checkSlack(input: {
	connection: Pick<SlackConnection, "apiUrl" | "appToken" | "signingSecret" | "oauth" | "codeChannels">;
	installations: CheckedInstallation[];
	publicUrl: string | null;
	/** An app configuration token; null: events are not looked at. */
	configToken: string | null;
}): Promise<{ teams: string[]; problems: Finding[] }> {
	const { connection, publicUrl, configToken } = input;
	const log = createLog({ level: "silent", pretty: false });
	const { codeChannels = false } = connection;
	const clientOf = (token: string) => new WebClient(token, clientOptions(connection, log));
	const teams: string[] = [];
	const problems: Finding[] = [];
	let appId: string | null = null;
	for (const { name, token, again } of input.installations) {
		const client = clientOf(token);
		const who = await askWhoWeAre(client);
		if (who.outcome === "refused") {
			problems.push({ message: `${name ?? "Slack"}: the token is not taken (${who.error})`, fix: again });
			continue;
		}
		const { identity } = who;
		teams.push(identity.teamName);
		const missing = missingScopes(identity.scopes, { codeChannels });
		if (missing.length > 0)
			problems.push({
				message: `${identity.teamName}: the bot token lacks ${missing.join(", ")}`,
				fix: `paste the manifest of /slack/install/manifest.json at Slack under App Manifest, then ${again}`,
			});
		if (configToken !== null) appId ??= await findAppId(client, identity.botId);
	}
	if (configToken === null || appId === null) return { teams, problems };
	const manifest = await readManifest(clientOf(configToken), appId);
	const socketMode = connection.signingSecret === null;
	const redirectUrl = connection.oauth?.redirectUrl ?? null;
	return {
		teams,
		problems: [...problems, ...compareApp(manifest, { publicUrl, socketMode, redirectUrl, codeChannels })],
	};
}

async function findAppId(client: WebClient, botId: string): Promise<string | null> {
	const { bot } = await orUnavailable(client.bots.info({ bot: botId }));
	return bot?.app_id ?? null;
}

async function readManifest(client: WebClient, appId: string) {
	const { manifest } = await orUnavailable(client.apps.manifest.export({ app_id: appId }));
	return exportedManifest.parse(manifest);
}

async function orUnavailable<T>(call: Promise<T>): Promise<T> {
	try {
		return await call;
	} catch (cause) {
		const { error } = toCallFailure(cause);
		throw new AppError("slack_unavailable", `Slack did not say how the app is registered (${error}).`, {
			cause,
		});
	}
}
