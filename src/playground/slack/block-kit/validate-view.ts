import { z } from "zod";
import { identifier, plain, text } from "./text.ts";
import { type BlockProblem, toPointer, toWords, validateBlocks } from "./validate-blocks.ts";

const MAX_VIEW_BYTES = 250_000;

const base = {
	blocks: z.array(z.unknown()),
	private_metadata: text(3000, 0).optional(),
	callback_id: identifier.or(z.literal("")).optional(),
	external_id: identifier.or(z.literal("")).optional(),
};

const viewSchema = z.discriminatedUnion("type", [
	z.strictObject({ type: z.literal("home"), ...base }),
	z.strictObject({
		type: z.literal("modal"),
		...base,
		title: plain(24),
		close: plain(24).optional(),
		submit: plain(24).optional(),
		clear_on_close: z.boolean().optional(),
		notify_on_close: z.boolean().optional(),
		submit_disabled: z.boolean().optional(),
	}),
]);

export type ViewPayload = z.infer<typeof viewSchema>;

export type ViewCheck =
	| { outcome: "valid"; view: ViewPayload }
	| { outcome: "too_large" }
	| { outcome: "invalid"; problems: BlockProblem[] };

/** Checks a modal or a home view with its blocks. A modal with input blocks needs a submit button, as in Slack. */
export function validateView(view: unknown, expected: "modal" | "home"): ViewCheck {
	if (JSON.stringify(view ?? null).length > MAX_VIEW_BYTES) return { outcome: "too_large" };
	const parsed = viewSchema.safeParse(view, { reportInput: true });
	if (!parsed.success) {
		const problems = parsed.error.issues.map((issue) => ({
			pointer: toPointer("/view", issue.path),
			message: toWords(issue),
		}));
		return { outcome: "invalid", problems };
	}
	if (parsed.data.type !== expected) {
		return { outcome: "invalid", problems: [{ pointer: "/view/type", message: `must be ${expected}` }] };
	}
	const problems = validateBlocks(parsed.data.blocks, parsed.data.type, "/view/blocks");
	if (parsed.data.type === "modal" && parsed.data.submit === undefined && hasInput(parsed.data.blocks)) {
		problems.push({ pointer: "/view/submit", message: "missing required field" });
	}
	return problems.length > 0 ? { outcome: "invalid", problems } : { outcome: "valid", view: parsed.data };
}

function hasInput(blocks: unknown[]): boolean {
	return blocks.some((block) => (block as { type?: unknown } | null)?.type === "input");
}
