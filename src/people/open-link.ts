import { createHash } from "node:crypto";
import type { Tx } from "../db/client.ts";
import { AppError } from "../errors.ts";
import type { Seal } from "../secrets/seal.ts";
import { decideLinkState } from "./decide-link.ts";
import { findLink, type Link, lockLink } from "./link-store.ts";
import type { LinkTrouble } from "./linking.ts";

const BROWSER = "github_links.browser";

/** What is kept of a secret, so that whoever reads the database cannot finish somebody's sign-in. */
export function hashSecret(secret: string): string {
	return createHash("sha256").update(secret).digest("hex");
}

/** Proof for one browser that this sign-in began in it; another one each time. */
export function toBrowserKey(seal: Seal, state: string): string {
	return seal.seal(BROWSER, hashSecret(state));
}

/** The sign-in of a state, if it began in this browser too. `browser` tells those in which it began apart. */
export async function openLink(
	deps: { seal: Seal; now: () => number },
	tx: Tx,
	input: { state: string; browserKey: string | undefined; lock: boolean },
): Promise<{ outcome: "open"; link: Link; browser: string } | LinkTrouble> {
	const { browserKey } = input;
	const stateHash = hashSecret(input.state);
	const link = await (input.lock ? lockLink : findLink)(tx, deps.seal, stateHash);
	const state = decideLinkState(link, deps.now());
	if (link === undefined || state !== "open") return { outcome: state === "open" ? "unknown" : state };
	return browserKey !== undefined && isKeyFor(deps.seal, browserKey, stateHash)
		? { outcome: "open", link, browser: hashSecret(browserKey) }
		: { outcome: "other_browser" };
}

function isKeyFor(seal: Seal, browserKey: string, stateHash: string): boolean {
	try {
		return seal.open(BROWSER, browserKey) === stateHash;
	} catch (error) {
		// Made up, or sealed with a key that was dropped since.
		if (error instanceof AppError) return false;
		throw error;
	}
}
