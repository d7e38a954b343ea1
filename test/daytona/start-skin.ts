import { createServer } from "node:http";
import type { LocalProvider } from "../../sandbox/providers/local/local-provider.ts";
import { listenHere } from "../harness/listen.ts";
import { type Box, createBoxes } from "./boxes.ts";
import { createControlPlane, type StoredSnapshot } from "./control-plane.ts";
import { createFaults, type Faults } from "./faults.ts";
import { Refusal, readBody, route, sendJson, sendRefusal } from "./http.ts";
import { serveLogSockets } from "./log-sockets.ts";
import { createPreviews } from "./previews.ts";
import { createToolbox } from "./toolbox.ts";

const API_KEY = "key-of-the-organisation";

/** Daytona, as far as Bobbin uses it: its HTTP API in front of the local engine. */
export interface Skin {
	apiUrl: string;
	apiKey: string;
	faults: Faults;
	boxes: Map<string, Box>;
	snapshots: Map<string, StoredSnapshot>;
	/** "METHOD /path" of every request. */
	requests: string[];
	/** What was asked for and is not in the API, or not as described: a mistake of ours. */
	mistakes: string[];
	/** As Daytona does after a time without activity. */
	autoStop(id: string): Promise<void>;
	stop(): Promise<void>;
}

type Limit = keyof Faults["perMinute"];

export async function startSkin(local: LocalProvider): Promise<Skin> {
	const faults = createFaults();
	const seen: string[] = [];
	const mistakes: string[] = [];
	const used = new Map<Limit, { count: number; sinceMs: number }>();
	const server = createServer();
	const origin = await listenHere(server);
	const boxes = createBoxes({ local, faults, origin: () => origin });
	const snapshots = new Map<string, StoredSnapshot>();
	const previews = createPreviews({ local });
	const api = createControlPlane({ local, boxes, snapshots, previews, faults });
	const toolbox = createToolbox({ local, boxes });
	const closeSockets = serveLogSockets(server, { local, boxes, faults, apiKey: API_KEY });

	/** Counts a request; the headers are those of the service, one set for each limit. */
	function count(method: string, path: string): { headers: Record<string, string>; exceeded: boolean } {
		const limit: Limit =
			method === "POST" && path === "/sandbox"
				? "sandbox-create"
				: (method === "POST" && /\/(start|stop|archive|recover)$/.test(path)) || method === "DELETE"
					? "sandbox-lifecycle"
					: "authenticated";
		const now = Date.now();
		const window = used.get(limit);
		const counted =
			window && now - window.sinceMs < 60_000
				? { ...window, count: window.count + 1 }
				: { count: 1, sinceMs: now };
		used.set(limit, counted);
		const most = faults.perMinute[limit];
		const resetSeconds = String(Math.ceil((counted.sinceMs + 60_000 - now) / 1000));
		const exceeded = counted.count > most;
		const headers = {
			[`x-ratelimit-limit-${limit}`]: String(most),
			[`x-ratelimit-remaining-${limit}`]: String(Math.max(0, most - counted.count)),
			[`x-ratelimit-reset-${limit}`]: resetSeconds,
			...(exceeded ? { [`retry-after-${limit}`]: resetSeconds } : {}),
		};
		return { headers, exceeded };
	}

	server.on("request", async (request, response) => {
		const url = new URL(request.url ?? "/", origin);
		const said = `${request.method} ${url.pathname}`;
		seen.push(said);
		try {
			const inApi = url.pathname.startsWith("/api/");
			const inToolbox = url.pathname.startsWith("/toolbox/");
			if (request.headers.authorization !== `Bearer ${API_KEY}`) throw new Refusal(401, "Unauthorized");
			const fault = faults.next.find(({ on }) => on.test(said));
			if (fault) {
				faults.next.splice(faults.next.indexOf(fault), 1);
				await readBody(request);
				return sendRefusal(response, new Refusal(fault.status, "switched to fail"), fault.headers);
			}
			const lost = faults.loseAnswer.find((pattern) => pattern.test(said));
			if (lost) {
				faults.loseAnswer.splice(faults.loseAnswer.indexOf(lost), 1);
				const { end } = response;
				response.writeHead = () => response;
				response.end = () => {
					response.writeHead = Object.getPrototypeOf(response).writeHead;
					response.end = end;
					sendJson(response, 502, { statusCode: 502, message: "Bad Gateway" });
					return response;
				};
			}
			if (inApi) {
				const path = url.pathname.slice("/api".length);
				const { headers, exceeded } = count(request.method ?? "", path);
				if (exceeded)
					return sendRefusal(response, new Refusal(429, "ThrottlerException: Too Many Requests"), headers);
				for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
				await route(api, path, url, request, response);
			} else if (inToolbox) {
				await route(toolbox, url.pathname.slice("/toolbox".length), url, request, response);
			} else throw new Refusal(404, `Cannot ${said}`);
		} catch (error) {
			const refusal = error instanceof Refusal ? error : new Refusal(500, String(error));
			if (
				refusal.status === 500 ||
				refusal.message.startsWith("Cannot ") ||
				refusal.message.includes(": Unrecognized")
			)
				mistakes.push(`${said}: ${refusal.message}`);
			if (!response.headersSent) sendRefusal(response, refusal);
		}
	});

	return {
		apiUrl: `${origin}/api`,
		apiKey: API_KEY,
		faults,
		boxes: boxes.all,
		snapshots,
		requests: seen,
		mistakes,
		async autoStop(id) {
			const box = boxes.need(id);
			boxes.stop(box);
			await box.work;
		},
		async stop() {
			closeSockets();
			previews.close();
			server.close();
			server.closeAllConnections();
			await Promise.allSettled([...boxes.all.values()].map(({ work }) => work));
		},
	};
}
