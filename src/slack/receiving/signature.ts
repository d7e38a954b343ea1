import { createHmac, timingSafeEqual } from "node:crypto";

const WINDOW_SECONDS = 300;

/**
 * Whether a request is Slack's: `v0=` and the HMAC-SHA256 of `v0:<timestamp>:<body>`, not older than five minutes
 * (https://docs.slack.dev/authentication/verifying-requests-from-slack).
 */
export function decideSignature(input: {
	signingSecret: string;
	timestamp: string | null;
	signature: string | null;
	body: string;
	nowMs: number;
}): "valid" | "forged" | "old" {
	const { signingSecret, timestamp, signature, body, nowMs } = input;
	if (timestamp === null || signature === null || !/^\d{1,12}$/.test(timestamp)) return "forged";
	const expected = Buffer.from(
		`v0=${createHmac("sha256", signingSecret).update(`v0:${timestamp}:${body}`).digest("hex")}`,
	);
	const given = Buffer.from(signature);
	if (expected.length !== given.length || !timingSafeEqual(expected, given)) return "forged";
	return Math.abs(nowMs / 1000 - Number(timestamp)) > WINDOW_SECONDS ? "old" : "valid";
}
