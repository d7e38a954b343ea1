/** Slack's file host asks for a pause. */
export class FileHostBusy extends Error {
	readonly retryAfterMs: number;

	constructor(retryAfterMs: number) {
		super(`Slack's file host wants a pause of ${retryAfterMs} ms`);
		this.retryAfterMs = retryAfterMs;
	}
}

/** Asks Slack's file host, never along a redirect. @throws FileHostBusy, and as `fetch` does */
export async function askFileHost(url: string, init: RequestInit): Promise<Response> {
	const response = await fetch(url, { ...init, redirect: "error" });
	if (response.status !== 429) return response;
	await response.body?.cancel();
	throw new FileHostBusy(Math.max(1, Number(response.headers.get("retry-after")) || 1) * 1_000);
}
