import { z } from "zod";

const account = z.object({ id: z.number().int(), login: z.string() });
const numbered = z.object({ number: z.number().int() });
const identified = z.object({ id: z.number().int() });
const commit = z.object({ head_sha: z.string() });

/**
 * What is kept of a payload: where to look, and who did it. All else is read again from GitHub, and a payload may be
 * 25 MB of anything. Source: docs, "Webhook events and payloads".
 */
export const payloadPart = z.object({
	action: z.string().optional(),
	repository: z
		.object({ id: z.number().int().optional(), name: z.string(), owner: z.object({ login: z.string() }) })
		.optional(),
	sender: account.optional(),
	pull_request: numbered.optional(),
	/** A pull request, too, as far as comments are concerned. */
	issue: numbered.optional(),
	comment: z.object({ id: z.number().int(), pull_request_review_id: z.number().int().nullish() }).optional(),
	review: identified.optional(),
	check_run: commit.optional(),
	check_suite: commit.optional(),
	merge_group: commit.optional(),
	/** Of `status`. */
	sha: z.string().optional(),
	ref: z.string().optional(),
	/** Commits before and after a push to a pull request. */
	before: z.string().optional(),
	after: z.string().optional(),
	member: account.optional(),
	membership: z.object({ user: account.nullish() }).optional(),
});

export const keptDelivery = payloadPart.extend({ event: z.string() });

export type Delivery = z.infer<typeof keptDelivery>;
