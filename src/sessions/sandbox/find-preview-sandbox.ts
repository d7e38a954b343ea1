import type { Db } from "../../db/client.ts";
import type { Sandboxes } from "../ports.ts";
import { findSandboxesByPrefix } from "./preview-store.ts";

/**
 * The sandbox behind a preview's address.
 *
 * @param prefix the first 8 hex digits of the session's id
 * @throws SandboxError where the provider cannot say
 */
export async function findPreviewSandbox(
	deps: { db: Db; sandboxes: Pick<Sandboxes, "get"> },
	prefix: string,
): Promise<{ outcome: "found"; id: string } | { outcome: "asleep" } | { outcome: "unknown" }> {
	const [session, other] = await findSandboxesByPrefix(deps.db, prefix);
	if (!session || other) return { outcome: "unknown" };
	const info = session.name === null ? null : await deps.sandboxes.get(session.name);
	return info?.state === "started" ? { outcome: "found", id: info.id } : { outcome: "asleep" };
}
