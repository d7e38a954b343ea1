import { z } from "zod";

/** What made somebody think that a session is about to begin. */
export const warmSource = z.enum(["typing", "composer", "home", "link", "api"]);

/** `POST /api/warm`: a session on this repository may begin soon. */
export const warmRequest = z
	.strictObject({
		repositoryId: z.uuid().optional(),
		/** "owner/name" */
		repository: z
			.string()
			.regex(/^[\w.-]+\/[\w.-]+$/, "must be owner/name")
			.optional(),
		source: warmSource.default("api"),
	})
	.refine(({ repositoryId, repository }) => (repositoryId === undefined) !== (repository === undefined), {
		message: "one of repository and repositoryId is needed",
	});

/**
 * What became of a hint. `made`: a sandbox is being made; `present`: one is there already, or is on its way; `refused`:
 * none is made, and that is no harm.
 */
export const warmAnswer = z.discriminatedUnion("outcome", [
	z.object({ outcome: z.enum(["made", "present"]) }),
	z.object({
		outcome: z.literal("refused"),
		/** Too many from this person: in the last minute, or that came to nothing yet; the pool is full, or switched off. */
		reason: z.enum(["too_many_hints", "too_many_unused", "pool_full", "pool_off"]),
	}),
]);

export type WarmSource = z.infer<typeof warmSource>;
export type WarmAnswer = z.infer<typeof warmAnswer>;
