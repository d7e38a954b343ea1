import { AppError } from "../errors.ts";
import type { LinkDeps } from "./link-deps.ts";

/** Makes a token void at GitHub that Bobbin has no use for. Where that fails it ends by itself, in hours. */
export function createRevokeQuietly({ signIn, log }: Pick<LinkDeps, "signIn" | "log">) {
	return async (token: string): Promise<void> => {
		try {
			await signIn.revoke(token);
		} catch (error) {
			if (!(error instanceof AppError)) throw error;
			log.warn({ code: error.code }, "a token that is not used any more could not be revoked at GitHub");
		}
	};
}
