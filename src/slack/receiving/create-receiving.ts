import { App } from "@slack/bolt";
import type { Database } from "../../db/client.ts";
import type { Log } from "../../log.ts";
import type { Entrance } from "../install/entrance.ts";
import { readPlace } from "../install/payload-place.ts";
import type { UnlessUninstalled } from "../install/unless-uninstalled.ts";
import { clientOptions, type SlackConnection, toSlackLogger } from "../web-api/clients.ts";
import type { Workspaces } from "../web-api/workspaces.ts";
import { createInbox } from "./inbox.ts";
import { createInboxStore } from "./inbox-store.ts";
import { decideIntake } from "./intake.ts";
import { createReceiver } from "./receiver.ts";
import { createSocketMode } from "./socket-mode.ts";

/** The way in: what Slack sends, over HTTP or a socket, goes past the entrance into the inbox and to the listeners. */
export function createReceiving(deps: {
	connection: SlackConnection;
	database: Pick<Database, "db">;
	workspaces: Workspaces;
	entrance: Entrance;
	unlessUninstalled: UnlessUninstalled;
	/** Registers what listens. */
	listen: (app: App) => void;
	/** Says to whoever sent it that something was given up. */
	apologise: (body: unknown) => Promise<void>;
	log: Log;
	now: () => number;
}) {
	const { connection, database, workspaces, entrance, unlessUninstalled, listen, apologise, log, now } = deps;
	const receiver = createReceiver({
		signingSecret: connection.signingSecret,
		inbox: () => inbox,
		...{ entrance, log, now },
	});
	const inbox = createInbox({
		store: createInboxStore(database),
		handle: (body, attempt) => unlessUninstalled(() => receiver.handle(body, attempt), undefined),
		onGivenUp: apologise,
		laneOf: (body) => {
			const intake = decideIntake(body);
			return intake.do === "keep" ? intake.entry.lane : "";
		},
		log,
	});
	const app = new App({
		receiver,
		authorize: async (_source, body) => {
			const teamId = readPlace(body)?.teamId ?? "";
			const { botToken, botUserId, botId } = await workspaces.of(teamId);
			// Both ids: without them Bolt would take our own messages for somebody else's.
			return { botToken, teamId, botUserId, botId };
		},
		clientOptions: clientOptions(connection, log),
		logger: toSlackLogger(log),
	});
	// The inbox counts what failed and tries it again.
	app.error(async (error) => {
		throw error.code === "slack_bolt_multiple_listener_error" ? error : ((error.original ?? error) as Error);
	});
	listen(app);
	const socket =
		connection.appToken !== null && connection.signingSecret === null
			? createSocketMode({
					connection: { ...connection, appToken: connection.appToken },
					take: receiver.take,
					log,
				})
			: null;

	return {
		handleHttp: receiver.handleHttp,
		/** Takes up what was left over; in Socket Mode also connects. @throws AppError `slack_unavailable` */
		async start(): Promise<void> {
			inbox.start();
			await socket?.start();
		},
		/** Takes nothing new and waits for what is under way. */
		async stop(): Promise<void> {
			await socket?.stop();
			await receiver.stop();
			await inbox.stop();
		},
	};
}
