import { z } from "zod";
import type { SandboxInfo, SandboxProvider } from "../provider.ts";
import { createOutputCleaner } from "./clean-output.ts";
import { followProcess } from "./follow-process.ts";
import { STEP_ENVIRONMENT } from "./step-environment.ts";

const SHOWN_LINES = 20;
/** The command's own limit is kept inside; this is for a sandbox that keeps nothing. */
const GRACE_MS = 15_000;

const resultSchema = z.object({
	exitCode: z.int().nullable(),
	signal: z.string().nullable(),
	timedOut: z.boolean(),
	bytes: z.number(),
	changed: z.boolean(),
});

export interface CommandResult {
	exitCode: number | null;
	signal: string | null;
	timedOut: boolean;
	/** What it printed, whether kept or not. */
	bytes: number;
	/** A file of the home is another than before; told only of a command that ended well in silence. */
	changed: boolean;
	lastLines: string[];
}

export interface RunningCommand {
	/** Resolves when it has ended, by itself or at its limit. */
	ended: Promise<CommandResult>;
	/** Ends it with its children. */
	kill(): Promise<void>;
}

/**
 * Starts one command of a recipe: without terminal or input, with its output in a journal of bounded size
 * (`guest/build/run-step.mjs`).
 *
 * @param command.logBytes how much of its output is kept, head and tail in equal parts
 */
export async function startCommand(
	provider: SandboxProvider,
	sandbox: SandboxInfo,
	command: {
		key: string;
		command: string;
		cwd: string;
		env: Record<string, string>;
		limitMs: number;
		logBytes: number;
		secrets: readonly string[];
		onLines: (lines: string[]) => void;
		signal: AbortSignal;
	},
): Promise<RunningCommand> {
	const { signal, limitMs } = command;
	const half = Math.floor(command.logBytes / 2);
	const step = { command: command.command, limitMs, headBytes: half, tailBytes: half };
	const ref = await provider.spawn(sandbox.id, {
		key: command.key,
		command: `exec ${sandbox.toolsDir}/node/bin/node ${sandbox.toolsDir}/guest/build/run-step.mjs </dev/null`,
		cwd: command.cwd,
		env: { ...STEP_ENVIRONMENT, ...command.env, BOBBIN_STEP: JSON.stringify(step) },
	});
	return { ended: follow(), kill: () => provider.kill(sandbox.id, ref) };

	async function follow(): Promise<CommandResult> {
		const cleaner = createOutputCleaner(command.secrets);
		const lastLines: string[] = [];
		let report = "";
		const take = (lines: string[]) => {
			if (lines.length === 0) return;
			lastLines.push(...lines.filter((line) => line.trim() !== "").slice(-SHOWN_LINES));
			lastLines.splice(0, lastLines.length - SHOWN_LINES);
			command.onLines(lines);
		};
		const late = AbortSignal.timeout(limitMs + GRACE_MS);
		let exitCode: number | null = null;
		let isLate = false;
		try {
			exitCode = await followProcess(provider, sandbox.id, ref, {
				signal: AbortSignal.any([signal, late]),
				onOutput({ stdout, stderr }) {
					take(cleaner.push(stdout));
					report = (report + Buffer.from(stderr).toString()).slice(-10_000);
				},
			});
		} catch (error) {
			if (signal.aborted || !late.aborted) throw error;
			isLate = true;
			await provider.kill(sandbox.id, ref);
		}
		take(cleaner.end());
		const result = readReport(report);
		return {
			exitCode: result ? result.exitCode : exitCode,
			signal: result?.signal ?? null,
			timedOut: result?.timedOut ?? isLate,
			bytes: result?.bytes ?? 0,
			changed: result?.changed ?? true,
			lastLines,
		};
	}
}

/** undefined: the runner itself was killed before it could tell. */
function readReport(text: string): z.infer<typeof resultSchema> | undefined {
	const line = text.trim().split("\n").at(-1) ?? "";
	return line.startsWith("{") && line.endsWith("}") ? resultSchema.parse(JSON.parse(line)) : undefined;
}
