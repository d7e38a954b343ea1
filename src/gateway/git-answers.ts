/** An answer in words of ours; git shows them where it was asking what there is. */
export function say(status: number, sentence: string): Response {
	return new Response(`${sentence}\n`, { status, headers: { "content-type": "text/plain" } });
}

/** What is said for a status with which GitHub refused. */
export function toRefusalAnswer(status: number): Response {
	if (status === 401 || status === 403)
		return say(403, "GitHub does not let Bobbin do this in the repository.");
	if (status === 404) return say(404, "GitHub has no such repository, or Bobbin may not see it.");
	if (status === 429) return say(429, "GitHub asks Bobbin to slow down. Try again in a minute.");
	return say(502, `GitHub answered with an error (HTTP ${status}). Try again in a minute.`);
}

/** The report of a push, made here. */
export function answerPush(report: Buffer): Response {
	return new Response(Uint8Array.from(report), {
		headers: { "content-type": "application/x-git-receive-pack-result", "cache-control": "no-cache" },
	});
}
