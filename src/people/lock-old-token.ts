import type { Tx } from "../db/client.ts";
import { AppError } from "../errors.ts";
import type { LinkDeps } from "./link-deps.ts";
import { lockGrant } from "./token-store.ts";

/**
 * The token that a person is about to let go of, so that GitHub can be told. Its row is locked to the end of the
 * transaction: a refresh meanwhile leaves none behind. Undefined also where its key was lost, which letting go must not need.
 */
export async function lockOldToken(
	{ seal, log }: Pick<LinkDeps, "seal" | "log">,
	tx: Tx,
	personId: string,
): Promise<string | undefined> {
	try {
		return (await lockGrant(tx, seal, personId))?.accessToken;
	} catch (error) {
		if (!(error instanceof AppError)) throw error;
		log.warn({ code: error.code, personId }, "a token that cannot be opened was not revoked at GitHub");
		return undefined;
	}
}
