import type { BuildSite } from "./build-context.ts";
import { BuildFailure } from "./build-failure.ts";
import type { BuildStep, StepName } from "./build-input.ts";
import { explainExit } from "./explain-exit.ts";
import { startCommand } from "./run-command.ts";

/** Of the log's room, what one command may take. */
export const LOG_SHARE = 1 / 4;

/**
 * Runs the commands of one step, one after the other, until one fails.
 *
 * @param options.survives the words that are said where a failure does not end the build; null: it does
 */
export async function runStep(
	site: BuildSite,
	name: StepName,
	commands: readonly string[],
	options: { cwd: string; env: Record<string, string>; survives: string | null },
): Promise<void> {
	const { survives } = options;
	for (const command of commands) {
		const run = (note: (more: Partial<BuildStep>) => void) => runOne(site, name, command, options, note);
		if (survives === null) await site.step(name, command, run);
		else if ((await site.tryStep(name, command, survives, run)) === null) return;
	}
}

async function runOne(
	site: BuildSite,
	name: StepName,
	command: string,
	{ cwd, env }: { cwd: string; env: Record<string, string> },
	note: (more: Partial<BuildStep>) => void,
): Promise<true> {
	const limitMs = site.limitMs();
	const running = await startCommand(site.provider, site.sandbox, {
		...{ key: site.nextKey(), command, cwd, env, limitMs },
		logBytes: Math.floor(site.input.limits.logBytes * LOG_SHARE),
		secrets: site.secrets,
		onLines: site.log.add,
		signal: site.signal,
	});
	const result = await running.ended;
	note({ exitCode: result.exitCode });
	if (result.exitCode !== 0 || result.timedOut) {
		// What it left behind would go on beside the next command.
		await running.kill();
		throw new BuildFailure(name, explainExit(command, { ...result, limitMs }), result.lastLines);
	}
	const doubt = doubtOf(name, result);
	if (doubt !== null) note({ warning: doubt });
	return true;
}

/** A command that says it is done may have done nothing. */
function doubtOf(name: StepName, result: { bytes: number; changed: boolean }): string | null {
	if (result.bytes > 0) return null;
	if (name === "test") return "The tests ended well without printing anything: perhaps none ran.";
	return result.changed
		? null
		: "The command ended well, but printed nothing and changed no file: perhaps it did nothing.";
}
