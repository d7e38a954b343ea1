const BASE = "/playground/slack";

/** What the playground refused, with the code that Slack uses for it. */
export class CallError extends Error {
	override readonly name = "CallError";
	readonly code: string;
	readonly details: string[];

	constructor(code: string, details: string[] = []) {
		super(details.length === 0 ? code : `${code}: ${details.join("; ")}`);
		this.code = code;
		this.details = details;
	}
}

export type Client = ReturnType<typeof createClient>;

interface Answer {
	ok: boolean;
	error?: string;
	messages?: string[];
	response_metadata?: { messages?: string[] };
}

/** Speaks to the playground as one person. Every call throws {@link CallError} when it is refused. */
export function createClient(token: string) {
	const authorization = `Bearer ${token}`;

	async function send<T>(path: string, init: RequestInit): Promise<T> {
		const response = await fetch(`${BASE}/${path}`, init).catch(() => {
			throw new CallError("unreachable", ["the playground does not answer"]);
		});
		const answer = (await response.json().catch(() => ({
			ok: false,
			error: `http_${response.status}`,
		}))) as Answer;
		if (answer.ok) return answer as T;
		throw new CallError(
			answer.error ?? "unknown",
			answer.messages ?? answer.response_metadata?.messages ?? [],
		);
	}

	function sendJson<T>(path: string, body: unknown): Promise<T> {
		const headers = { authorization, "content-type": "application/json" };
		return send<T>(path, { method: "POST", headers, body: JSON.stringify(body) });
	}

	return {
		token,
		streamUrl: `${BASE}/page/stream?token=${encodeURIComponent(token)}`,
		get: <T>(path: string) => send<T>(`page/${path}`, { headers: { authorization } }),
		remove: (path: string) => send<Answer>(`page/${path}`, { method: "DELETE", headers: { authorization } }),
		post: <T = Answer>(path: string, body: unknown) => sendJson<T>(`page/${path}`, body),
		/** A method of the Web API. */
		call: <T = Answer>(method: string, args: Record<string, unknown>) => sendJson<T>(`api/${method}`, args),

		/** The bytes behind a file's `url_private`. */
		async fetchFile(url: string): Promise<Blob> {
			const response = await fetch(new URL(url).pathname, { headers: { authorization } });
			if (!response.ok) throw new CallError(`http_${response.status}`);
			return response.blob();
		},

		/** Hands over a file; it is shown to nobody until it is shared. Gives its id. */
		async upload(file: File): Promise<string> {
			const place = await this.call<{ upload_url: string; file_id: string }>("files.getUploadURLExternal", {
				filename: file.name,
				length: file.size,
			});
			const response = await fetch(new URL(place.upload_url).pathname, { method: "POST", body: file });
			if (!response.ok) throw new CallError(`http_${response.status}`);
			return place.file_id;
		},
	};
}
