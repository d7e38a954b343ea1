import { SandboxError, type SandboxProvider } from "../provider.ts";
import { type Build, createBuild } from "./build-context.ts";
import { BuildFailure } from "./build-failure.ts";
import type { BuildInput, BuildOutcome } from "./build-input.ts";
import { toWords } from "./explain-exit.ts";
import { makeImage } from "./make-image.ts";

/**
 * Builds the image of a repository: clone, recipe, services, setup, build, the app until it answers, the tests once,
 * the agent, the check that no process and no credential is left, snapshot, and a start from it. The sandboxes of the
 * build are deleted however it ends; a snapshot stays only if it is ready.
 *
 * What people can mend is an outcome. What they cannot (the provider, the caller's own acts, the signal) is thrown.
 */
export async function buildImage(
	deps: { provider: SandboxProvider; now: () => number },
	input: BuildInput,
	signal: AbortSignal,
): Promise<BuildOutcome> {
	const { provider, now } = deps;
	const { totalMs } = input.limits;
	const total = AbortSignal.timeout(totalMs);
	const build = createBuild({ provider, input, signal: AbortSignal.any([signal, total]), now });
	const verifyName = `${input.sandboxName}-verify`;
	const clean = async (snapshot: boolean) => {
		await Promise.all([
			...[input.sandboxName, verifyName].map((name) => provider.delete(name)),
			...(snapshot ? [provider.deleteSnapshot(input.snapshot)] : []),
		]);
	};

	let outcome: BuildOutcome;
	try {
		// Left by a build that was cut short.
		await clean(true);
		const image = await makeImage(build, verifyName);
		outcome = { outcome: "ready", ...image, steps: build.steps, log: "" };
	} catch (error) {
		// The first error is what counts; what a clean-up misses is found by name at the next build.
		await clean(true).catch(() => {});
		const isLate = total.aborted && !signal.aborted && !(error instanceof BuildFailure);
		const failure = isLate ? toFailure(build, totalMs) : error;
		if (!(failure instanceof BuildFailure)) throw failure;
		const { step, message, lastLines } = failure;
		build.log.add([`Failed: ${message}`]);
		build.log.flush();
		return { outcome: "failed", step, message, lastLines, steps: build.steps, log: build.log.text() };
	}
	await clean(false).catch((error: unknown) => {
		if (!(error instanceof SandboxError)) throw error;
		build.log.add([`A sandbox of this build could not be deleted: ${error.message}`]);
	});
	build.log.flush();
	return { ...outcome, log: build.log.text() };
}

function toFailure(build: Build, totalMs: number): BuildFailure {
	const message = `The whole build took longer than ${toWords(totalMs)} and was ended.`;
	return new BuildFailure(build.current(), message, build.log.text().split("\n").slice(-20));
}
