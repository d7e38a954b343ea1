import { z } from "zod";

/** How Bobbin behaves in a repository. */
export const repositoryRules = z.strictObject({
	/** Pull requests begin as drafts. */
	draft: z.boolean(),
	/** The App may open pull requests of people without a GitHub account. */
	appOpens: z.boolean(),
	/** How often in a row failing checks are mended before people are asked; 0: never. */
	ciFixes: z.number().int().min(0).max(10),
	/** Reviews and comments become prompts. */
	reviewLoop: z.boolean(),
});
export const changeRepositoryRules = repositoryRules.partial();

export type RepositoryRules = z.infer<typeof repositoryRules>;
