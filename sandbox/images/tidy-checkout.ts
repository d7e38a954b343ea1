import { z } from "zod";
import type { SandboxInfo } from "../provider.ts";
import type { Build } from "./build-context.ts";
import { runAct } from "./run-act.ts";

/** What `guest/build/tidy-checkout.mjs` prints; lists are cut after 50. */
const checkoutSchema = z.object({
	head: z.string(),
	status: z.array(z.string()),
	reset: z.array(z.string()),
	excluded: z.array(z.string()),
});

export type CheckoutState = z.infer<typeof checkoutSchema>;

/**
 * The state of a checkout; with `tidy`, after what a build changed of the repository's own files was taken back, and
 * what it made beside them was listed for git to pass over.
 */
export function readCheckout(
	build: Build,
	checkout: { sandbox: SandboxInfo; directory: string; commitSha: string },
	mode: "look" | "tidy",
): Promise<CheckoutState> {
	return runAct(build.provider, checkout.sandbox, {
		key: build.nextKey(),
		program: "tidy-checkout.mjs",
		args: [checkout.directory, checkout.commitSha, mode],
		schema: checkoutSchema,
		signal: build.signal,
	});
}

/** For people: what was done, or null. */
export function describeTidying({ reset, excluded }: CheckoutState): string | null {
	const words = [
		...(reset.length > 0
			? [`The build changed files of the repository, which was taken back: ${list(reset)}.`]
			: []),
		...(excluded.length > 0
			? [`It made files that .gitignore does not name; git passes over them here: ${list(excluded)}.`]
			: []),
	];
	return words.length === 0 ? null : words.join(" ");
}

const list = (paths: string[]) =>
	paths.length > 5 ? `${paths.slice(0, 5).join(", ")} and ${paths.length - 5} more` : paths.join(", ");
