import { Webhooks } from "@octokit/webhooks";
import type { GithubStore } from "../store.ts";
import { payloadPart } from "./delivery.ts";

// GitHub sends at most 25 MB.
const LARGEST_BYTES = 25 * 1024 * 1024;

/** Takes GitHub's webhooks in: 401 and no row for a wrong signature, else kept, then 202. */
export function createReceiver(deps: {
	store: Pick<GithubStore, "insertDelivery">;
	secret: string;
	/** A delivery that was not there yet is in the inbox now. */
	onKept: (id: number) => void;
}) {
	const verifier = new Webhooks({ secret: deps.secret });

	return async function receive(request: Request): Promise<Response> {
		const body = await readText(request, LARGEST_BYTES);
		if (body === null) return new Response("too large", { status: 413 });
		const signature = request.headers.get("x-hub-signature-256") ?? "";
		const id = request.headers.get("x-github-delivery") ?? "";
		const event = request.headers.get("x-github-event") ?? "";
		if (signature === "" || !(await verifier.verify(body, signature))) {
			return new Response("wrong signature", { status: 401 });
		}
		if (id === "" || event === "") return new Response("not a GitHub webhook", { status: 400 });
		const parsed = payloadPart.safeParse(parseJson(body));
		if (!parsed.success) return new Response("not a payload of GitHub's", { status: 400 });
		const row = await deps.store.insertDelivery({ id, body: { ...parsed.data, event } });
		if (row !== null) deps.onKept(row.id);
		return new Response(null, { status: 202 });
	};
}

/** null: it is larger than that. Nobody is known yet, so not even its length is believed. */
async function readText(request: Request, maxBytes: number): Promise<string | null> {
	const pieces: Uint8Array[] = [];
	let size = 0;
	for await (const piece of request.body ?? []) {
		size += piece.length;
		if (size > maxBytes) return null;
		pieces.push(piece);
	}
	return Buffer.concat(pieces).toString("utf8");
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
