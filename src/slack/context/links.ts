const MAX_LINKS = 5;

export interface MessageLink {
	channelId: string;
	ts: string;
}

/** Pure. The messages of a workspace that a text links to, each once, at most five; `url` is the workspace's own address. */
export function findMessageLinks(text: string, url: string): MessageLink[] {
	const found = text.matchAll(
		/(https?:\/\/[^\s<>()|"]+?\/)archives\/([CDG][A-Z0-9]{6,20})\/p(\d{10})(\d{6})\b/g,
	);
	const links = new Map<string, MessageLink>();
	for (const [, address, channelId = "", seconds, micros] of found) {
		if (address !== url) continue;
		const ts = `${seconds}.${micros}`;
		links.set(`${channelId}:${ts}`, { channelId, ts });
	}
	return [...links.values()].slice(0, MAX_LINKS);
}
