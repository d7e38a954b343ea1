import { z } from "zod";

/** Something that somebody did. */
export const act = z.object({
	/** Rises with time. */
	id: z.number().int(),
	at: z.iso.datetime(),
	/** null: nobody of ours, or Bobbin itself. */
	person: z.object({ id: z.string(), name: z.string() }).nullable(),
	/** In words where it is no person of ours: `bobbin`, `github:<login>`, `slack`, `local` (whoever sits at this machine). */
	actor: z.string(),
	/** For example `pull_request.opened`. */
	action: z.string(),
	sessionId: z.string().nullable(),
	repository: z.string().nullable(),
	/** What it was done to, for example `acme/shop#7`. */
	subject: z.string().nullable(),
	data: z.record(z.string(), z.unknown()),
});

export const auditAnswer = z.object({
	/** Newest first. */
	acts: z.array(act),
	/** What to ask for with `before` to go on; null: there are no older ones. */
	before: z.number().int().nullable(),
});

export type AuditAnswer = z.infer<typeof auditAnswer>;
