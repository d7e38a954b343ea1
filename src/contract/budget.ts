import { z } from "zod";

/** What a cap is for; those of people, channels and workspaces begin anew with each calendar month (UTC). */
export const budgetScope = z.enum(["prompt", "session", "person", "channel", "workspace"]);

/** A cap: US dollars; `none`: there is none; `default`: what the configuration says. */
export const capChoice = z.union([
	z.number().min(0.01).max(1_000_000),
	z.literal("none"),
	z.literal("default"),
]);

const subjects = {
	prompt: z.uuid(),
	session: z.uuid(),
	person: z.uuid(),
	channel: z.string().regex(/^[A-Z0-9]{1,30}:[A-Z0-9]{1,30}$/, "must be <team>:<channel>"),
	workspace: z.string().regex(/^[A-Z0-9]{1,30}$/),
};
const isWhole = ({ scope, subject }: { scope: BudgetScope; subject: string }) =>
	subjects[scope].safeParse(subject).success;
const MISFIT = "subject: must be a prompt, session or person by its id, <team>:<channel>, or a team";
const address = { scope: budgetScope, subject: z.string() };

/** `subject`: the prompt, session or person by id, `<team>:<channel>`, or the team. */
export const capAddress = z.strictObject(address).refine(isWhole, MISFIT);
export const capChange = z.strictObject({ ...address, cap: capChoice }).refine(isWhole, MISFIT);

/** One cap with what counts against it, in US dollars. */
export const capView = z.object({
	scope: budgetScope,
	subject: z.string(),
	/** What it is set to; `default`: nothing was set here. */
	cap: capChoice,
	/** What counts now, with what was added to it; null: none. */
	capUsd: z.number().nullable(),
	spentUsd: z.number(),
});

export type BudgetScope = z.infer<typeof budgetScope>;
export type CapChoice = z.infer<typeof capChoice>;
export type CapAddress = z.infer<typeof capAddress>;
export type CapChange = z.infer<typeof capChange>;
export type CapView = z.infer<typeof capView>;
