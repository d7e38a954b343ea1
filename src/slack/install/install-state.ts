import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { AppError } from "../../errors.ts";
import type { Seal } from "../../secrets/seal.ts";

const PURPOSE = "slack_install_state";
const GOOD_FOR_MS = 10 * 60_000;

const content = z.object({ nonce: z.string(), browser: z.string(), expiresAtMs: z.number() });

/**
 * What Slack carries through an install, sealed: which browser began it, and until when it is good. Nothing is stored
 * until it comes back.
 */
export function makeState(seal: Seal, nowMs: number): { state: string; browserKey: string } {
	const browserKey = newKey();
	const words = { nonce: newKey(), browser: hash(browserKey), expiresAtMs: nowMs + GOOD_FOR_MS };
	return { state: seal.seal(PURPOSE, JSON.stringify(words)), browserKey };
}

export type OpenedState =
	| { outcome: "good"; nonce: string; expiresAt: Date }
	| { outcome: "unknown" | "expired" | "other_browser" };

/** Never throws: what was not sealed here is unknown. */
export function openState(
	seal: Seal,
	input: { state: string; browserKey: string | undefined; nowMs: number },
): OpenedState {
	const words = unseal(seal, input.state);
	if (words === null) return { outcome: "unknown" };
	if (input.browserKey === undefined || !equal(words.browser, hash(input.browserKey)))
		return { outcome: "other_browser" };
	if (words.expiresAtMs <= input.nowMs) return { outcome: "expired" };
	return { outcome: "good", nonce: words.nonce, expiresAt: new Date(words.expiresAtMs) };
}

function unseal(seal: Seal, state: string): z.infer<typeof content> | null {
	try {
		return content.parse(JSON.parse(seal.open(PURPOSE, state)));
	} catch (error) {
		if (error instanceof AppError) return null;
		throw error;
	}
}

const newKey = () => randomBytes(24).toString("base64url");
const hash = (text: string) => createHash("sha256").update(text).digest("base64url");

function equal(a: string, b: string): boolean {
	return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
