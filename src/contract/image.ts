import { z } from "zod";
import { problem } from "./event.ts";

/** One command of a build, or one act of Bobbin's own (its command is then in words). */
export const imageStep = z.object({
	step: z.string(),
	command: z.string().nullable(),
	durationMs: z.number(),
	/** null: it runs still, it was ended by Bobbin, or it has none. */
	exitCode: z.number().int().nullable(),
	/** What people should know although the build went on. */
	warning: z.string().optional(),
});

/** Why an image is built. */
export const buildReason = z.enum(["first_use", "schedule", "push", "recipe", "asked"]);

/** A prepared snapshot of a repository at a commit. */
export const image = z.object({
	id: z.uuid(),
	state: z.enum(["building", "ready", "failed", "deleted"]),
	commit: z.string(),
	reason: buildReason,
	/** What is being done, or what failed. */
	step: z.string().nullable(),
	steps: z.array(imageStep),
	problem: problem.nullable(),
	sizeBytes: z.number().nullable(),
	startedAt: z.iso.datetime(),
	finishedAt: z.iso.datetime().nullable(),
	/** Since it was begun. */
	ageMs: z.number(),
	/** The end of its log; the whole one has an address of its own. */
	logTail: z.string(),
});

/** How a repository is built, and how that goes. */
export const repositoryBuilds = z.object({
	repository: z.object({ id: z.uuid(), fullName: z.string(), defaultBranch: z.string() }),
	/** What the image in use was built by; null: there is none yet. */
	recipe: z
		.object({
			source: z.enum(["edited", "file", "detected"]),
			/** As the text of a `.bobbin.yml` that says all of it. */
			text: z.string(),
			/** In words: why each part of it is there. */
			found: z.array(z.string()),
		})
		.nullable(),
	/** What people wrote here; it beats the repository's own file. null: nothing. */
	recipeText: z.string().nullable(),
	buildsOnPush: z.boolean(),
	/** How many builds failed one after the other, and when it is tried again by itself. */
	failures: z.number().int(),
	nextTryAt: z.iso.datetime().nullable(),
	/** The last that was begun. */
	newestImage: image.nullable(),
	/** What new sandboxes begin with. */
	imageInUse: image.nullable(),
	/** Why it cannot be worked on now, in a sentence or two for people; null: it can. */
	trouble: z.string().nullable(),
});

/** What people change. What is left out stays as it is. */
export const changeRepositoryBuilds = z.strictObject({
	recipeText: z.string().max(65_536).nullable().optional(),
	buildsOnPush: z.boolean().optional(),
});

/** What is wrong with the text of a recipe. */
export const recipeProblem = z.object({
	/** From 1. */
	line: z.number().int(),
	/** With its way, for example `tools.node`; empty: the whole text. */
	key: z.string(),
	message: z.string(),
});

export type ImageStep = z.infer<typeof imageStep>;
export type BuildReason = z.infer<typeof buildReason>;
export type Image = z.infer<typeof image>;
export type RepositoryBuilds = z.infer<typeof repositoryBuilds>;
export type ChangeRepositoryBuilds = z.infer<typeof changeRepositoryBuilds>;
export type RecipeProblem = z.infer<typeof recipeProblem>;
