import { createHmac } from "node:crypto";
import type { SocketHub } from "./socket-hub.ts";

/** Slack waits this long for the app's answer to anything. */
const ANSWER_TIMEOUT_MS = 3_000;

type EventOutcome =
	| { outcome: "accepted" }
	| { outcome: "refused"; reason: string; detail: string; mayRetry: boolean }
	/** Nobody to deliver to (no socket), or the playground is stopping: try again when that changes. */
	| { outcome: "not_sent" };

type Answer =
	| { outcome: "answered"; body: unknown }
	| { outcome: "failed"; error: "operation_timeout" | "dispatch_failed"; detail: string };

/** The way from Slack to the app: signed HTTP requests, or envelopes over a socket. */
export interface AppLink {
	sendEvent(body: string, retry: { number: number; reason: string | null }): Promise<EventOutcome>;
	/** A slash command or an interaction: the person waits for the answer, so it is never repeated. */
	ask(kind: "slash_commands" | "interactive", payload: Record<string, unknown>): Promise<Answer>;
	stop(): void;
}

/** `v0` signature of a request body, as Slack computes it. */
function signBody(signingSecret: string, timestamp: string, body: string): string {
	return `v0=${createHmac("sha256", signingSecret).update(`v0:${timestamp}:${body}`).digest("hex")}`;
}

export function createHttpLink(deps: {
	url: string;
	signingSecret: string;
	now: () => number;
	fetch: typeof fetch;
}): AppLink {
	const stopping = new AbortController();

	async function post(body: string, contentType: string, headers: Record<string, string> = {}) {
		const timestamp = String(Math.floor(deps.now() / 1000));
		const response = await deps.fetch(deps.url, {
			method: "POST",
			body,
			redirect: "manual",
			signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
			headers: {
				"content-type": contentType,
				"user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
				"x-slack-request-timestamp": timestamp,
				"x-slack-signature": signBody(deps.signingSecret, timestamp, body),
				...headers,
			},
		});
		return { status: response.status, headers: response.headers, text: await response.text() };
	}

	return {
		async sendEvent(body, retry) {
			const headers: Record<string, string> =
				retry.number === 0
					? {}
					: {
							"x-slack-retry-num": String(retry.number),
							"x-slack-retry-reason": retry.reason ?? "unknown_error",
						};
			try {
				const response = await post(body, "application/json", headers);
				if (response.status >= 200 && response.status < 300) return { outcome: "accepted" };
				return {
					outcome: "refused",
					reason: response.status >= 300 && response.status < 400 ? "too_many_redirects" : "http_error",
					detail: `HTTP ${response.status}`,
					mayRetry: response.headers.get("x-slack-no-retry") !== "1",
				};
			} catch (error) {
				if (stopping.signal.aborted) return { outcome: "not_sent" };
				return { outcome: "refused", mayRetry: true, ...nameTrouble(error) };
			}
		},
		async ask(kind, payload) {
			const fields: [string, string][] =
				kind === "slash_commands"
					? Object.entries(payload).map(([key, value]) => [key, String(value)])
					: [["payload", JSON.stringify(payload)]];
			try {
				const response = await post(
					new URLSearchParams(fields).toString(),
					"application/x-www-form-urlencoded",
				);
				if (response.status !== 200) {
					return { outcome: "failed", error: "dispatch_failed", detail: `HTTP ${response.status}` };
				}
				return { outcome: "answered", body: readAnswer(response.text) };
			} catch (error) {
				const { reason, detail } = nameTrouble(error);
				const late = reason === "http_timeout";
				return { outcome: "failed", error: late ? "operation_timeout" : "dispatch_failed", detail };
			}
		},
		stop: () => stopping.abort(),
	};
}

export function createSocketLink(sockets: SocketHub): AppLink {
	return {
		async sendEvent(body, retry) {
			const sent = await sockets.send("events_api", JSON.parse(body), retry);
			if (sent.outcome === "no_socket") return { outcome: "not_sent" };
			if (sent.outcome === "acked") return { outcome: "accepted" };
			return { outcome: "refused", reason: "timeout", detail: "no ack in time", mayRetry: true };
		},
		async ask(kind, payload) {
			const sent = await sockets.send(kind, payload);
			if (sent.outcome === "acked") return { outcome: "answered", body: sent.payload };
			if (sent.outcome === "no_socket") {
				return { outcome: "failed", error: "dispatch_failed", detail: "no socket is connected" };
			}
			return { outcome: "failed", error: "operation_timeout", detail: "no ack in time" };
		},
		stop: () => {},
	};
}

function readAnswer(text: string): unknown {
	if (text.trim() === "") return null;
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return text;
	}
}

function nameTrouble(error: unknown): { reason: string; detail: string } {
	if (error instanceof Error && error.name === "TimeoutError") {
		return { reason: "http_timeout", detail: `no answer within ${ANSWER_TIMEOUT_MS / 1000} s` };
	}
	const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
	return { reason: "connection_failed", detail: cause instanceof Error ? cause.message : String(cause) };
}
