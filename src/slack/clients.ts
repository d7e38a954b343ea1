import type { Logger, LogLevel } from "@slack/bolt";
import { WebClient, type WebClientOptions } from "@slack/web-api";
import type { Log } from "../log.ts";

export interface SlackConnection {
	botToken: string;
	signingSecret: string | null;
	appToken: string | null;
	apiUrl: string | null;
}

/**
 * The two ways to Slack. They queue apart, so that a progress edit that is told to wait never holds up an answer.
 * Neither retries by itself: after a lost answer only a read-back may decide whether to post again.
 */
export interface SlackClients {
	deliver: WebClient;
	progress: WebClient;
}

/** Longer than any call may take; a claim on a message outlives it. */
export const CALL_TIMEOUT_MS = 10_000;

export function createClients(connection: SlackConnection, log: Log): SlackClients {
	const options = clientOptions(connection, log);
	return {
		deliver: new WebClient(connection.botToken, options),
		progress: new WebClient(connection.botToken, options),
	};
}

/**
 * Options for every client, Bolt's own included. `headers` stays unset: the SDK shares and changes that object between
 * tokens.
 */
export function clientOptions(connection: SlackConnection, log: Log): WebClientOptions {
	return {
		retryConfig: { retries: 0 },
		rejectRateLimitedCalls: true,
		timeout: CALL_TIMEOUT_MS,
		logger: toSlackLogger(log),
		...(connection.apiUrl === null ? {} : { slackApiUrl: withSlash(connection.apiUrl) }),
	};
}

/** The SDK's log in ours; its information is our debugging. */
export function toSlackLogger(log: Log): Logger {
	const at =
		(level: "debug" | "warn" | "error") =>
		(...parts: unknown[]) =>
			log[level]({ from: "slack-sdk" }, parts.map(String).join(" "));
	return {
		debug() {},
		info: at("debug"),
		warn: at("debug"),
		error: at("warn"),
		setLevel() {},
		getLevel: () => "warn" as LogLevel,
		setName() {},
	};
}

function withSlash(url: string): string {
	return url.endsWith("/") ? url : `${url}/`;
}
