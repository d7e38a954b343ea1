import { z } from "zod";

/** What detection sees of a repository: the entries of its root and of the folders there, and some files' beginnings. */
const repositoryFilesSchema = z.object({
	paths: z.array(z.string()),
	files: z.record(z.string(), z.string()),
});

export type RepositoryFiles = z.infer<typeof repositoryFilesSchema>;

/** What `guest/build/read-repository.mjs` prints. */
export const readRepositorySchema = repositoryFilesSchema.extend({ commitSha: z.string() });
