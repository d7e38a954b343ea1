import type { LinkDeps } from "./link-deps.ts";
import { endLink } from "./link-store.ts";
import type { Linking } from "./linking.ts";
import { openLink } from "./open-link.ts";
import { createRevokeQuietly } from "./revoke-quietly.ts";

export function createDecline(deps: LinkDeps): Linking["decline"] {
	const revokeQuietly = createRevokeQuietly(deps);
	return async ({ state, browserKey }) => {
		const opened = await deps.db.transaction().execute(async (tx) => {
			const opened = await openLink(deps, tx, { state, browserKey, lock: true });
			if (opened.outcome === "open") await endLink(tx, opened.link.id, new Date(deps.now()));
			return opened;
		});
		if (opened.outcome !== "open") return opened;
		if (opened.link.unconfirmed !== null) await revokeQuietly(opened.link.unconfirmed.grant.accessToken);
		return { outcome: "declined" };
	};
}
