import type { IncomingMessage } from "node:http";
import type { Context } from "hono";
import { type AppTokens, type Caller, identifyCaller, requireScope } from "../caller.ts";
import { exchangeCode, type OauthApp } from "../oauth.ts";
import { Refused } from "../refused.ts";
import { newSlackId, type World } from "../world.ts";
import { agentMethods } from "./agents.ts";
import { chatMethods } from "./chat.ts";
import { codeChannelMethods } from "./code-channels.ts";
import { conversationMethods } from "./conversations.ts";
import { fileMethods } from "./files.ts";
import { installationMethods } from "./installations.ts";
import { membershipMethods } from "./memberships.ts";
import { defineMethod, type Method } from "./method.ts";
import { peopleMethods } from "./people.ts";
import type { RateLimits } from "./rate-limits.ts";
import { reactionMethods } from "./reactions.ts";
import { viewMethods } from "./views.ts";

interface WebApiDeps {
	world: World;
	tokens: AppTokens;
	oauth: OauthApp;
	/** The app's manifest as Slack keeps it. */
	registered: unknown;
	rateLimits: RateLimits;
	/** What the next call of a method is to meet; then no more. */
	takeFault: (method: string) => Fault | undefined;
	/** The address for one Socket Mode connection. */
	newSocketUrl: () => string;
}

/** What the app's next call of a method, or of the file host (`upload`, `files`), meets instead of its answer. */
export interface Fault {
	method: string;
	/** `error`: `ok: false` with this code. `status`: this HTTP status. `cut`: the work is done, the answer is lost. */
	error?: string | undefined;
	status?: number | undefined;
	retryAfterS?: number | undefined;
	cut?: boolean | undefined;
}

/** Answers `POST` and `GET /api/<method>` as Slack does: HTTP 200 with `ok`, and 429 for too many calls. */
export function createWebApi({
	world,
	tokens,
	oauth,
	registered,
	rateLimits,
	takeFault,
	newSocketUrl,
}: WebApiDeps) {
	const methods: Record<string, Method> = {
		...chatMethods,
		...conversationMethods,
		...membershipMethods,
		...peopleMethods,
		...agentMethods,
		...codeChannelMethods,
		...reactionMethods,
		...viewMethods,
		...fileMethods,
		...installationMethods(oauth, registered),
		"apps.connections.open": defineMethod({
			tier: "tier3",
			tokens: ["app"],
			args: {},
			run: () => ({ url: newSocketUrl() }),
		}),
	};

	return async (context: Context, name: string): Promise<Response> => {
		const args = await readArguments(context.req.raw);
		const bearer = /^Bearer (.+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
		const token = bearer ?? (typeof args.token === "string" ? args.token : null);
		delete args.token;
		delete args.pretty;
		const asTeam = typeof args.team_id === "string" && args.team_id !== "" ? args.team_id : undefined;
		if (args.team_id !== undefined) delete args.team_id;

		let caller: Caller | null = null;
		try {
			if (name === "oauth.v2.access")
				return Response.json({ ok: true, ...exchangeCode(world, oauth, context, args) });
			const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
			if (method === undefined) throw new Refused("unknown_method", [], { req_method: name });
			caller = identifyCaller(world, tokens, token, asTeam);
			// People have a Slack without faults.
			const fault = caller.kind === "user" ? undefined : takeFault(name);
			if (fault?.status !== undefined) return faultyAnswer(fault.status, fault.retryAfterS);
			if (fault?.error !== undefined) throw new Refused(fault.error);
			if (!method.tokens.includes(caller.kind)) throw new Refused("not_allowed_token_type");
			const scopes = caller.kind === "user" ? method.scopes.user : method.scopes.bot;
			requireScope(caller, scopes);
			const waitMs = rateLimits.take({
				tier: method.tier,
				key: `${name}:${caller.teamId}:${caller.userId}`,
				channel: typeof args.channel === "string" ? args.channel : null,
				human: caller.kind === "user",
			});
			if (waitMs > 0) return tooMany(waitMs, caller, name, args);
			const answer = method.run(world, caller, args);
			if (fault?.cut) return cutConnection(context);
			const headers = {
				"x-oauth-scopes": caller.scopes.join(","),
				"x-accepted-oauth-scopes": scopes.join(","),
				"x-slack-req-id": newSlackId("").toLowerCase(),
			};
			return Response.json({ ok: true, ...answer }, { headers });
		} catch (error) {
			if (!(error instanceof Refused)) throw error;
			return refuse(error, caller, name, args);
		}
	};

	function refuse(refused: Refused, caller: Caller | null, method: string, args: unknown): Response {
		if (caller?.kind !== "user") {
			world.refuse({
				method,
				team_id: caller?.teamId ?? null,
				user: caller?.userId ?? null,
				error: refused.error,
				messages: refused.messages,
				args,
			});
		}
		return Response.json({
			ok: false,
			error: refused.error,
			...refused.extra,
			...(refused.messages.length > 0 ? { response_metadata: { messages: refused.messages } } : {}),
		});
	}

	function tooMany(waitMs: number, caller: Caller, method: string, args: unknown): Response {
		const retryAfterS = Math.max(1, Math.ceil(waitMs / 1000));
		refuse(new Refused("ratelimited"), caller, method, args);
		return Response.json(
			{ ok: false, error: "ratelimited" },
			{ status: 429, headers: { "retry-after": String(retryAfterS) } },
		);
	}
}

/** The work is done, and the client never learns it. */
function cutConnection(context: Context): Response {
	const { incoming } = context.env as { incoming?: IncomingMessage };
	incoming?.socket.destroy();
	return new Response(null, { status: 502 });
}

/** What somebody gets instead of an answer. */
export function faultyAnswer(status: number, retryAfterS: number | undefined): Response {
	return new Response(status === 429 ? '{"ok":false,"error":"ratelimited"}' : "upstream trouble", {
		status,
		headers: retryAfterS === undefined ? {} : { "retry-after": String(retryAfterS) },
	});
}

/** Arguments from the query, a form or a JSON object. @throws never: what cannot be read is no argument */
async function readArguments(request: Request): Promise<Record<string, unknown>> {
	const query = Object.fromEntries(new URL(request.url).searchParams);
	if (request.method === "GET") return query;
	const type = request.headers.get("content-type") ?? "";
	if (type.includes("application/json")) {
		const body = await request.text();
		try {
			const parsed: unknown = JSON.parse(body || "{}");
			if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) {
				return { ...query, ...(parsed as Record<string, unknown>) };
			}
		} catch {
			// Falls through: Slack reads a body that is no JSON object as a call without arguments.
		}
		return query;
	}
	if (type.includes("multipart/form-data")) {
		return { ...query, ...Object.fromEntries(await request.formData()) };
	}
	return { ...query, ...Object.fromEntries(new URLSearchParams(await request.text())) };
}
