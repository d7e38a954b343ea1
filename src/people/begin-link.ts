import { createHash } from "node:crypto";
import { decideLinkState } from "./decide-link.ts";
import { CALLBACK_PATH, CONNECT_PATH, type LinkDeps } from "./link-deps.ts";
import { findLink, insertLink } from "./link-store.ts";
import type { Linking } from "./linking.ts";
import { hashSecret, toBrowserKey } from "./open-link.ts";

const LINK_LIFE_MS = 10 * 60_000;

export function createInvite(deps: LinkDeps): Linking["invite"] {
	return async (personId) => {
		const at = new Date(deps.now());
		const state = deps.newSecret();
		await insertLink(deps.db, deps.seal, {
			id: deps.newId(),
			personId,
			stateHash: hashSecret(state),
			verifier: deps.newSecret(),
			at,
			expiresAt: new Date(at.getTime() + LINK_LIFE_MS),
		});
		return { url: `${deps.publicUrl}${CONNECT_PATH}?${new URLSearchParams({ state })}` };
	};
}

export function createBegin(deps: LinkDeps): Linking["begin"] {
	return async (state) => {
		const link = await findLink(deps.db, deps.seal, hashSecret(state));
		const linkState = decideLinkState(link, deps.now());
		if (link === undefined || linkState !== "open")
			return { outcome: linkState === "open" ? "unknown" : linkState };
		const challenge = createHash("sha256").update(link.verifier).digest("base64url");
		return {
			outcome: "go",
			url: deps.signIn.authorizeUrl({
				state,
				challenge,
				redirectUri: `${deps.publicUrl}${CALLBACK_PATH}`,
			}),
			browserKey: toBrowserKey(deps.seal, state),
		};
	};
}
