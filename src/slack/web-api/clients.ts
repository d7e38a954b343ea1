import { setTimeout as delay } from "node:timers/promises";
import type { Logger, LogLevel } from "@slack/bolt";
import {
	type WebAPICallResult,
	WebAPIRateLimitedError,
	WebClient,
	type WebClientOptions,
} from "@slack/web-api";
import type { Log } from "../../log.ts";
import { isTokenOver } from "./identity.ts";
import { BudgetSpent, type RateBudget, type Way } from "./rate-budget.ts";

export interface SlackConnection {
	/** Of one workspace; null: every workspace comes by an install. */
	botToken: string | null;
	signingSecret: string | null;
	appToken: string | null;
	apiUrl: string | null;
	/** By which people install the app in their workspaces; left out: they cannot. */
	oauth?: SlackOauth | null;
	/** Installs ask for code channels, too. Left out: they do not. */
	codeChannels?: boolean;
}

export interface SlackOauth {
	clientId: string;
	clientSecret: string;
	/** Where people agree, for example `https://slack.com/oauth/v2/authorize`. */
	authorizeUrl: string;
	/** Where Slack sends them back to. */
	redirectUrl: string;
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
/** What waits longer for its turn comes back later. */
export const MAX_TURN_WAIT_MS: Record<Way, number> = { deliver: 4_000, progress: 0 };
const MAX_TURN_WAIT_OF_MS: Readonly<Record<string, number>> = {
	// No message waits for the sign of being at work, and it must not stay when the work is over.
	"agents.sessions.setStatus": 10_000,
	// Slack takes a trigger for three seconds, and whoever waits for the form is to hear of it.
	"views.open": 1_000,
};

/** Clients of one token, which share nothing with those of another. */
export function createClients(
	connection: Pick<SlackConnection, "apiUrl">,
	log: Log,
	of: {
		token: string;
		/** Said with each call: which workspace is meant, where the token is good for many. */
		teamId: string | null;
		/** Called when Slack says that the token is over; throws where it is. */
		onTokenOver: () => Promise<void>;
		/** What may be called in the workspace. Left out: all that Slack lets through. */
		budget?: RateBudget | undefined;
	},
): SlackClients {
	const make = (way: Way) =>
		new InstalledClient(
			of.token,
			{ ...clientOptions(connection, log), ...(of.teamId === null ? {} : { teamId: of.teamId }) },
			{ ...of, way },
		);
	return { deliver: make("deliver"), progress: make("progress") };
}

/** Links that we say stay as they are: threads are to stay short. */
const FOLDED = { unfurl_links: false, unfurl_media: false };

/** Keeps to its workspace's budget, and notices when its token is over, whatever it was used for. */
class InstalledClient extends WebClient {
	readonly #of: { way: Way; onTokenOver: () => Promise<void>; budget?: RateBudget | undefined };

	constructor(
		token: string,
		options: WebClientOptions,
		of: { way: Way; onTokenOver: () => Promise<void>; budget?: RateBudget | undefined },
	) {
		super(token, options);
		this.#of = of;
	}

	override async apiCall(method: string, options?: Record<string, unknown>): Promise<WebAPICallResult> {
		const channelId = typeof options?.channel === "string" ? options.channel : null;
		await this.#takeTurn(method, channelId);
		try {
			return await super.apiCall(method, method === "chat.postMessage" ? { ...FOLDED, ...options } : options);
		} catch (error) {
			if (error instanceof WebAPIRateLimitedError)
				this.#of.budget?.pause({ method, channelId }, error.retryAfter * 1_000);
			if (isTokenOver(error)) await this.#of.onTokenOver();
			throw error;
		}
	}

	/** @throws BudgetSpent where it would take too long */
	async #takeTurn(method: string, channelId: string | null): Promise<void> {
		const { way, budget } = this.#of;
		if (budget === undefined) return;
		const call = { method, channelId, way };
		let leftMs = MAX_TURN_WAIT_OF_MS[method] ?? MAX_TURN_WAIT_MS[way];
		do {
			const waitMs = budget.take(call, leftMs);
			if (waitMs > leftMs) throw new BudgetSpent(method, waitMs);
			if (waitMs > 0) await delay(waitMs);
			leftMs -= waitMs;
			// By an answer of Slack's that came meanwhile.
		} while (budget.isPaused(call));
	}
}

/**
 * Options for every client, Bolt's own included. `headers` stays unset: the SDK shares and changes that object between
 * tokens.
 */
export function clientOptions(connection: Pick<SlackConnection, "apiUrl">, log: Log): WebClientOptions {
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
