import type { Db } from "../db/client.ts";
import type { Log } from "../log.ts";
import { endBuilder, listBuilders } from "./builder-store.ts";
import { toVerifierName } from "./names.ts";
import type { BuildPlace } from "./ports.ts";

/**
 * Deletes sandboxes in which images were built: this one, those of a repository, or all that were left behind. What
 * cannot be deleted now keeps its row, and is tried again with the next build or sweep.
 */
export async function clearBuilders(
	deps: { db: Db; sandboxes: Pick<BuildPlace, "delete">; log: Log; now: () => number },
	which: { provider: string } & (
		| { builder: { id: string; name: string } }
		| { repositoryId: string }
		| { left: true }
	),
): Promise<void> {
	const { db, sandboxes, log } = deps;
	const builders = "builder" in which ? [which.builder] : await listBuilders(db, which);
	for (const { id, name } of builders) {
		try {
			for (const one of [name, toVerifierName(name)]) await sandboxes.delete(one);
			await endBuilder(db, id, new Date(deps.now()));
		} catch (err) {
			log.warn({ err, sandbox: name }, "a builder's sandbox could not be deleted yet");
		}
	}
}
