/** Names and numbers of machines that nobody outside reaches. */
const PRIVATE =
	/^(localhost|.*\.(localhost|local|internal|test)|127\..*|10\..*|192\.168\..*|169\.254\..*|172\.(1[6-9]|2\d|3[01])\..*|0\.0\.0\.0|\[.*\])$/;

/** Pure. Whether Slack may reach what lies at this address. */
export function isPublic(url: string): boolean {
	return URL.canParse(url) && !PRIVATE.test(new URL(url).hostname);
}
