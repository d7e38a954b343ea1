import type { App, Receiver, ReceiverEvent } from "@slack/bolt";
import type { Log } from "../../log.ts";
import type { Entrance } from "../install/entrance.ts";
import type { Inbox } from "./inbox.ts";
import { decideIntake } from "./intake.ts";
import { parsePayload } from "./payload.ts";
import { decideSignature } from "./signature.ts";

const MAX_BODY_BYTES = 1024 * 1024;
/** Slack waits three seconds for an answer. */
const ANSWER_WITHIN_MS = 2_800;
const NO_RETRY = { "x-slack-no-retry": "1" };

/** What a listener says in its `ack`: nothing, a text, or a value for Slack. */
type Answer = string | object | undefined;

/** Bolt's receiver over our inbox: Bolt routes, the inbox makes sure that nothing acknowledged is lost. */
export interface InboxReceiver extends Receiver {
	handleHttp(request: Request): Promise<Response>;
	/** The same intake for a payload that came another way. Settles with what to answer once it may be acknowledged. */
	take(body: unknown): Promise<Answer>;
	/** Runs the listeners for a kept payload. Rejects with what they threw. */
	handle(body: unknown, attempt: number): Promise<void>;
}

export function createReceiver(deps: {
	signingSecret: string | null;
	inbox: () => Inbox;
	entrance: Entrance;
	log: Log;
	now: () => number;
}): InboxReceiver {
	const { signingSecret, inbox, log, now } = deps;
	const answering = new Set<Promise<void>>();
	let app: App | null = null;
	let stopped = false;

	async function process(event: ReceiverEvent): Promise<void> {
		if (app === null) throw new Error("the receiver was not given to a Bolt app");
		const admission = await deps.entrance(event.body);
		if (admission.pass) await app.processEvent(event);
		else await event.ack(admission.answer);
	}

	function answer(body: object): Promise<Answer> {
		const { promise, resolve, reject } = Promise.withResolvers<Answer>();
		let isAnswered = false;
		const say = (said: Answer) => {
			isAnswered = true;
			resolve(said);
		};
		const timer = setTimeout(() => say(undefined), ANSWER_WITHIN_MS);
		const work = process({ body, ack: async (said: Answer) => say(said) })
			.then(
				() => say(undefined),
				(error: unknown) => {
					// Whoever waits for the answer has it by then, and would not hear of this.
					if (isAnswered) log.error({ err: error }, "something from Slack failed after it was answered");
					else reject(error);
				},
			)
			.finally(() => {
				clearTimeout(timer);
				answering.delete(work);
			});
		answering.add(work);
		return promise;
	}

	async function take(body: unknown): Promise<Answer> {
		const intake = decideIntake(body);
		switch (intake.do) {
			case "drop":
				return undefined;
			case "keep":
				await inbox().accept(intake.entry);
				return undefined;
			case "answer":
				return typeof body === "object" && body !== null ? answer(body) : undefined;
			default:
				return intake satisfies never;
		}
	}

	return {
		init(bolt) {
			app = bolt;
		},
		async start() {},
		async stop() {
			stopped = true;
			await Promise.allSettled(answering);
		},
		take,
		handle: (body, attempt) =>
			process({ body: body as object, ack: async () => {}, customProperties: { attempt } }),

		async handleHttp(request) {
			if (stopped) return plain(503, "shutting down");
			if (signingSecret === null) return plain(404, "events come by Socket Mode here");
			if (request.method !== "POST") return plain(405, "POST only");
			const raw = await readBody(request);
			if (raw === null) return plain(413, "too large");
			const challenge = readChallenge(raw);
			if (challenge !== null) return plain(200, challenge);
			const verdict = decideSignature({
				signingSecret,
				timestamp: request.headers.get("x-slack-request-timestamp"),
				signature: request.headers.get("x-slack-signature"),
				body: raw,
				nowMs: now(),
			});
			if (verdict !== "valid") {
				log.warn({ verdict }, "a request to the Slack door was refused");
				return plain(401, "bad signature");
			}
			const body = parseBody(raw, request.headers.get("content-type") ?? "");
			if (body === null) return plain(400, "unreadable");
			try {
				return toResponse(await take(body));
			} catch (error) {
				// Slack sends events again; a person sees that a command failed. Nothing was kept.
				log.error({ err: error }, "something from Slack could not be taken");
				return plain(503, "try again");
			}
		},
	};
}

async function readBody(request: Request): Promise<string | null> {
	const chunks: Uint8Array[] = [];
	let size = 0;
	for await (const chunk of request.body ?? []) {
		size += chunk.byteLength;
		if (size > MAX_BODY_BYTES) return null;
		chunks.push(chunk);
	}
	return Buffer.concat(chunks).toString("utf8");
}

/**
 * Slack asks for this when the app is made, before its secret can be set here: answered unsigned, as far as it is
 * nothing but a word.
 */
function readChallenge(raw: string): string | null {
	if (!raw.includes("url_verification")) return null;
	const body = parsePayload(raw) as { type?: unknown; challenge?: unknown } | null;
	if (body?.type !== "url_verification" || typeof body.challenge !== "string") return null;
	return /^[\w-]{1,200}$/.test(body.challenge) ? body.challenge : null;
}

/** JSON, or a form whose `payload` is JSON (interactions), or a plain form (commands). Null if it is none of them. */
function parseBody(raw: string, contentType: string): object | null {
	if (!contentType.includes("application/json")) {
		const form = new URLSearchParams(raw);
		const payload = form.get("payload");
		return payload === null ? Object.fromEntries(form) : parsePayload(payload);
	}
	return parsePayload(raw);
}

function toResponse(answer: Answer): Response {
	if (answer === undefined) return new Response(null, { status: 200, headers: NO_RETRY });
	return typeof answer === "string" ? plain(200, answer) : Response.json(answer);
}

function plain(status: number, text: string): Response {
	return new Response(text, { status, headers: { "content-type": "text/plain; charset=utf-8" } });
}
