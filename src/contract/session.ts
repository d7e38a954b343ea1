import { z } from "zod";

/**
 * `routing`: which repository is being found out; `asking`: a person was asked; `ready`: prompts may run;
 * `ended`: its pull request was merged or closed (a follow-up makes it ready again).
 */
export const sessionStatus = z.enum(["routing", "asking", "ready", "ended"]);
export const promptStatus = z.enum(["queued", "running", "done", "failed", "stopped", "cancelled"]);

/**
 * How a session got its repository. `learned`: people moved similar requests of the channel there; `topic`: the channel's
 * topic names it; `picked`: a person chose it in answer to a question or by moving the session.
 */
export const routingHow = z.enum([
	...["named", "thread", "learned", "channel", "topic", "only", "model"],
	...["picked", "api"],
] as const);

/** A file that came with a prompt; its bytes are fetched when the prompt runs. `url` needs the source's credential. */
export const promptFile = z.object({
	id: z.string(),
	name: z.string(),
	mimeType: z.string(),
	sizeBytes: z.number().int().nonnegative(),
	url: z.string(),
	/** Why the agent does not get it, in a few words that go on after its name; left out: it does. */
	leftOut: z.string().optional(),
});

/** What a picture that an agent made may be. Never anything that holds code or markup, as SVG does. */
export const pictureType = z.enum(["image/png", "image/jpeg", "image/gif", "image/webp"]);

/** A Slack thread: the address of a session's conversation. With an empty `threadTs` it is all of a channel. */
export const thread = z.object({ teamId: z.string(), channelId: z.string(), threadTs: z.string() });

/** What people write at GitHub. A description is what an issue or a pull request was opened with; its id is the number. */
export const commentKind = z.enum(["description", "issue_comment", "review", "review_comment"]);

/** Where a prompt was written, so that it can be answered and marked there. */
export const promptOrigin = z.discriminatedUnion("kind", [
	z.object({ kind: z.literal("slack"), teamId: z.string(), channelId: z.string(), messageTs: z.string() }),
	/** `number` is of the pull request or issue. */
	z.object({
		kind: z.literal("github"),
		owner: z.string(),
		name: z.string(),
		number: z.number().int(),
		comment: commentKind,
		commentId: z.number().int(),
		url: z.string(),
	}),
	/** Bobbin itself, for example because a check failed. */
	z.object({ kind: z.literal("bobbin"), why: z.string() }),
	z.object({ kind: z.literal("api") }),
]);

export type RoutingHow = z.infer<typeof routingHow>;
export type SessionStatus = z.infer<typeof sessionStatus>;
export type PromptStatus = z.infer<typeof promptStatus>;
export type PromptFile = z.infer<typeof promptFile>;
export type PictureType = z.infer<typeof pictureType>;
export type Thread = z.infer<typeof thread>;
export type CommentKind = z.infer<typeof commentKind>;
export type PromptOrigin = z.infer<typeof promptOrigin>;
