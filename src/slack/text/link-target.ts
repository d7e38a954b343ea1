const MAX_URL_CHARACTERS = 3_000;

/** An address that may stand in a link of Slack's markup; null for what is no web address. */
export function toLinkTarget(url: string): string | null {
	if (url.length > MAX_URL_CHARACTERS || !/^https?:\/\//.test(url) || !URL.canParse(url)) return null;
	return url.replaceAll("&", "&amp;").replace(/[<>|\s]/g, encodeURIComponent);
}
