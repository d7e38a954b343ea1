import { createServer } from "node:http";
import { listenHere, shut } from "./listen.ts";

/**
 * `drop`: Slack takes the call, the answer is lost. `refuse_connection`: it never arrives. `limit`: 429 with
 * Retry-After 7, `limit_briefly` with 1. `hold`: goes on when released.
 */
type Fault = "drop" | "refuse_connection" | "limit" | "limit_briefly" | "hold";

export interface SlackFaultProxy {
	/** Like the Web API's own address, with a slash at the end. */
	apiUrl: string;
	/** The next call of a method meets the fault; several are met one after the other. */
	next(method: string, ...faults: Fault[]): void;
	/** How many faults of a method were not met yet. */
	left(method: string): number;
	/** The next message to a channel whose id begins like this meets the fault. */
	whenPostedTo(channelPrefix: string, fault: Fault): void;
	/** Resolves when a held call is there; gives the way to let it go on. */
	held(): Promise<() => void>;
	/** Methods called so far, in order. */
	calls: string[];
	/** What was said in them, in the order in which it was all there. */
	sent: { method: string; said: URLSearchParams }[];
	/** What came of them, each with the time of its answer (`performance.now()`). */
	answers: { method: string; status: number; atMs: number }[];
	close(): Promise<void>;
}

/** Stands between an app and a Slack Web API, and can spoil single calls. */
export async function createSlackFaultProxy(upstreamUrl: string): Promise<SlackFaultProxy> {
	const faults = new Map<string, Fault[]>();
	const calls: string[] = [];
	const sent: SlackFaultProxy["sent"] = [];
	const posts: { channelPrefix: string; fault: Fault }[] = [];
	const answers: SlackFaultProxy["answers"] = [];
	const waiting: ((release: () => void) => void)[] = [];
	const stuck: (() => void)[] = [];

	const server = createServer((request, response) => {
		void (async () => {
			const method = (request.url ?? "").split("/").at(-1) ?? "";
			calls.push(method);
			const chunks: Buffer[] = [];
			for await (const chunk of request) chunks.push(chunk as Buffer);
			const said = new URLSearchParams(Buffer.concat(chunks).toString());
			sent.push({ method, said });
			const channel = said.get("channel") ?? "";
			const meets = posts.findIndex((one) => channel.startsWith(one.channelPrefix));
			const fault =
				method === "chat.postMessage" && meets >= 0
					? posts.splice(meets, 1)[0]?.fault
					: faults.get(method)?.shift();
			if (fault === "refuse_connection") {
				request.socket.destroy();
				return;
			}
			if (fault === "limit" || fault === "limit_briefly") {
				response.writeHead(429, { "retry-after": fault === "limit" ? "7" : "1" }).end();
				return;
			}
			if (fault === "hold") {
				await new Promise<void>((release) => {
					const taker = waiting.shift();
					if (taker === undefined) stuck.push(release);
					else taker(release);
				});
			}
			const answer = await fetch(`${upstreamUrl}${method}`, {
				method: "POST",
				headers: {
					authorization: request.headers.authorization ?? "",
					"content-type": request.headers["content-type"] ?? "",
				},
				body: Buffer.concat(chunks),
			});
			const body = Buffer.from(await answer.arrayBuffer());
			answers.push({ method, status: answer.status, atMs: performance.now() });
			if (fault === "drop") {
				request.socket.destroy();
				return;
			}
			const headers: Record<string, string> = {};
			for (const name of ["content-type", "retry-after", "x-oauth-scopes"]) {
				const value = answer.headers.get(name);
				if (value !== null) headers[name] = value;
			}
			response.writeHead(answer.status, headers).end(body);
		})().catch(() => response.destroy());
	});
	const origin = await listenHere(server);
	return {
		apiUrl: `${origin}/api/`,
		calls,
		sent,
		answers,
		next(method, ...more) {
			faults.set(method, [...(faults.get(method) ?? []), ...more]);
		},
		left: (method) => faults.get(method)?.length ?? 0,
		whenPostedTo: (channelPrefix, fault) => void posts.push({ channelPrefix, fault }),
		held() {
			const release = stuck.shift();
			return release === undefined
				? new Promise((resolve) => waiting.push(resolve))
				: Promise.resolve(release);
		},
		close: () => shut(server),
	};
}
