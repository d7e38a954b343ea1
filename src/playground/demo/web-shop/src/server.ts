import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { ShopError } from "./errors.ts";
import { json, matchRoute, type Route, type ShopResponse } from "./router.ts";

const MAX_BODY_BYTES = 100_000;

/** The shop's HTTP server. A refusal of the shop is a 400 with its code, a bug is a 500 that tells nothing. */
export function createShopServer(routes: readonly Route[]): Server {
	return createServer((request, response) => {
		answer(routes, request)
			.catch((error: unknown) =>
				error instanceof ShopError
					? json({ error: { code: error.code, message: error.message } }, 400)
					: json({ error: { code: "internal", message: "Something went wrong" } }, 500),
			)
			.then((result) => send(response, result));
	});
}

async function answer(routes: readonly Route[], request: IncomingMessage): Promise<ShopResponse> {
	const url = new URL(request.url ?? "/", "http://shop");
	const match = matchRoute(routes, request.method ?? "GET", url.pathname);
	if (!match) return json({ error: { code: "not_found", message: "There is nothing here" } }, 404);
	const body = await readBody(request);
	return match.route.handle({ params: match.params, query: url.searchParams, body });
}

async function readBody(request: IncomingMessage): Promise<unknown> {
	const chunks: Buffer[] = [];
	let size = 0;
	for await (const chunk of request as AsyncIterable<Buffer>) {
		size += chunk.length;
		if (size > MAX_BODY_BYTES) throw new ShopError("too_large", "The request is too large");
		chunks.push(chunk);
	}
	if (size === 0) return undefined;
	try {
		return JSON.parse(Buffer.concat(chunks).toString("utf8"));
	} catch {
		throw new ShopError("bad_json", "The request is not JSON");
	}
}

function send(response: ServerResponse, result: ShopResponse): void {
	response.writeHead(result.status, { "content-type": `${result.type}; charset=utf-8` });
	response.end(result.body);
}
