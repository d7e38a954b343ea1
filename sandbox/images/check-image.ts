import { z } from "zod";
import type { SandboxInfo } from "../provider.ts";
import type { Build, BuildSite } from "./build-context.ts";
import { BuildFailure } from "./build-failure.ts";
import { cleanLine } from "./clean-output.ts";
import { runAct } from "./run-act.ts";

const processesSchema = z.array(
	z.object({ pid: z.int(), startedAt: z.string(), marked: z.boolean(), command: z.string() }),
);
const credentialsSchema = z.object({ found: z.array(z.object({ path: z.string(), what: z.string() })) });

export type Processes = z.infer<typeof processesSchema>;

/** What lives in a sandbox, beside the program that looks. */
export function listProcesses(build: Build, sandbox: SandboxInfo): Promise<Processes> {
	return runAct(build.provider, sandbox, {
		key: build.nextKey(),
		program: "list-processes.mjs",
		schema: processesSchema,
		signal: build.signal,
	});
}

/**
 * Fails unless nothing lives that was started since, and no credential lies in the home. What is found is named by
 * its path, never by its value.
 *
 * @param before what lived when the sandbox was new: the provider's own
 * @param sharesTable other sandboxes' processes are seen too
 */
export async function checkImage(site: BuildSite, before: Processes, sharesTable: boolean): Promise<void> {
	const own = new Set(before.map(({ pid, startedAt }) => `${pid} ${startedAt}`));
	const living = (await listProcesses(site, site.sandbox)).filter(
		({ pid, startedAt, marked }) => (marked || !sharesTable) && !own.has(`${pid} ${startedAt}`),
	);
	if (living.length > 0) {
		// A command line or a file's name may hold the token itself.
		const lines = living.map(({ pid, command }) => cleanLine(`${pid} ${command}`, site.secrets));
		const message = `${living.length === 1 ? "A process" : `${living.length} processes`} could not be ended.`;
		throw new BuildFailure("check", message, lines);
	}
	const { found } = await runAct(site.provider, site.sandbox, {
		key: site.nextKey(),
		program: "find-credentials.mjs",
		args: [site.directory],
		schema: credentialsSchema,
		signal: site.signal,
	});
	if (found.length > 0) {
		const lines = found.map(({ path, what }) => cleanLine(`${path}: ${what}`, site.secrets));
		const message = `Credentials would be left in the image: ${lines.slice(0, 3).join("; ")}${lines.length > 3 ? " and more" : ""}. A recipe must not write them, or must remove them again.`;
		throw new BuildFailure("check", message, lines);
	}
}
