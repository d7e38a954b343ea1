import { AppError } from "../errors.ts";
import type { Log } from "../log.ts";
import { createClients, type SlackClients, type SlackConnection } from "./clients.ts";
import { createDirectory, type Directory } from "./directory.ts";
import { type BotIdentity, createIdentity } from "./identity.ts";

/** One workspace in which the app is installed: who we are there, and all that speaks to it. */
export interface Workspace extends BotIdentity {
	botToken: string;
	clients: SlackClients;
	directory: Directory;
}

export interface Workspaces {
	/** @throws AppError `workspace_unknown` (the app is not installed there), `slack_unavailable` */
	of(teamId: string): Promise<Workspace>;
	/** Asks Slack whether what is set works. @throws AppError `slack_unavailable` */
	check(): Promise<void>;
}

/** The one workspace of a bot token. */
export function createWorkspaces(deps: {
	connection: SlackConnection;
	log: Log;
	now: () => number;
}): Workspaces {
	const { connection, log, now } = deps;
	const clients = createClients(connection, log);
	const identity = createIdentity(clients.deliver);
	const directory = createDirectory({
		client: clients.deliver,
		teamId: async () => (await identity()).teamId,
		now,
	});
	return {
		async of(teamId) {
			const ours = await identity();
			if (ours.teamId !== teamId)
				throw new AppError("workspace_unknown", `Bobbin is not installed in the workspace ${teamId}.`);
			return { ...ours, botToken: connection.botToken, clients, directory };
		},
		async check() {
			await identity();
		},
	};
}
