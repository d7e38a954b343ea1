/** docs.slack.dev, agents.conversations.setView: more is `content_too_large`. */
const MAX_BYTES = 1_000_000;
const REST = "\\ The rest is too long for Slack: see the pull request at GitHub.\n";

/** Pure. As much of a diff as Slack takes, in whole lines, with a line that says so where it is not all. */
export function cutDiff(diff: string, maxBytes = MAX_BYTES): string {
	const bytes = Buffer.from(diff);
	if (bytes.byteLength <= maxBytes) return diff;
	const room = maxBytes - Buffer.byteLength(REST);
	const end = bytes.lastIndexOf("\n", room - 1);
	return `${bytes.subarray(0, end + 1).toString()}${REST}`;
}
