import { SandboxError } from "../provider.ts";
import type { BuildSite } from "./build-context.ts";
import { BuildFailure } from "./build-failure.ts";
import { type CheckoutState, readCheckout } from "./tidy-checkout.ts";

/** Begins a sandbox from the snapshot and looks at the checkout in it: it must be as it was. */
export async function verifySnapshot(
	site: BuildSite,
	name: string,
	expected: CheckoutState,
	commitSha: string,
): Promise<void> {
	const sandbox = await site.provider.create({ name, snapshot: site.input.snapshot }, site.signal);
	const state = await readCheckout(site, { sandbox, directory: site.directory, commitSha }, "look").catch(
		(error: unknown) => {
			if (!(error instanceof SandboxError) || error.retryable) throw error;
			throw new BuildFailure("verify", "A sandbox from the snapshot has no checkout that works.", [
				error.message,
			]);
		},
	);
	if (state.head !== expected.head) {
		throw new BuildFailure("verify", "A sandbox from the snapshot has another commit than was built.");
	}
	const differing = state.status.filter((line) => !expected.status.includes(line));
	if (differing.length > 0 || state.status.length !== expected.status.length) {
		const message = "A sandbox from the snapshot has other files than were built.";
		throw new BuildFailure("verify", message, differing);
	}
}
