import type { SandboxInfo, SandboxProvider } from "../provider.ts";
import { BuildFailure } from "./build-failure.ts";
import type { BuildInput, BuildStep, StepName } from "./build-input.ts";
import { type BuildLog, createBuildLog } from "./build-log.ts";
import { cleanLine } from "./clean-output.ts";
import { toWords } from "./explain-exit.ts";

type Note = (more: Partial<BuildStep>) => void;

/** What all parts of one build share. */
export interface Build {
	provider: SandboxProvider;
	input: BuildInput;
	/** Ends with the caller's wish and with the total limit. */
	signal: AbortSignal;
	log: BuildLog;
	steps: BuildStep[];
	now: () => number;
	/** A name for a process inside that no other of this build has. */
	nextKey(): string;
	/** Never shown to anybody. */
	secrets: string[];
	/** The limit of the command that begins now. */
	limitMs(): number;
	/** Does one thing that people see as a line of the build. What `act` notes becomes part of it. */
	step<T>(name: StepName, command: string, act: (note: Note) => Promise<T>): Promise<T>;
	/** The same for a thing whose failure the build survives: it becomes a warning, with these words. */
	tryStep<T>(
		name: StepName,
		command: string,
		words: string,
		act: (note: Note) => Promise<T>,
	): Promise<T | null>;
	/** What is being done now. */
	current(): StepName;
}

/** A sandbox in which a checkout is being built. */
export interface BuildSite extends Build {
	sandbox: SandboxInfo;
	/** The checkout. */
	directory: string;
}

export function createBuild(deps: {
	provider: SandboxProvider;
	input: BuildInput;
	signal: AbortSignal;
	now: () => number;
}): Build {
	const { provider, input, signal, now } = deps;
	const { stepMs, totalMs, logBytes } = input.limits;
	const log = createBuildLog({ maxBytes: logBytes, onLog: input.onLog, now });
	const steps: BuildStep[] = [];
	const beganAt = now();
	let keys = 0;
	let current: StepName = "prepare";

	const begin = (name: StepName, text: string) => {
		const command = cleanLine(text.trim().replaceAll(/\s*\n\s*/g, "; "));
		signal.throwIfAborted();
		const step: BuildStep = { step: name, command, durationMs: 0, exitCode: null };
		const startedAt = now();
		current = name;
		steps.push(step);
		log.add([`== ${name}: ${command}`]);
		input.onStep({ ...step }, "began");
		const end = (how: string) => {
			step.durationMs = Math.round(now() - startedAt);
			if (step.warning !== undefined) log.add([`   Warning: ${step.warning}`]);
			log.add([`   ${how} after ${toWords(step.durationMs)}`]);
			input.onStep({ ...step }, "ended");
		};
		const note = (more: Partial<BuildStep>) => {
			Object.assign(step, more);
			if (more.warning !== undefined) step.warning = cleanLine(more.warning);
		};
		return { note, end };
	};
	const step: Build["step"] = async (name, command, act) => {
		const { note, end } = begin(name, command);
		try {
			const result = await act(note);
			end("done");
			return result;
		} catch (error) {
			if (error instanceof BuildFailure) log.add([`   ${error.message}`]);
			end("failed");
			throw error;
		}
	};
	const tryStep: Build["tryStep"] = (name, command, words, act) =>
		step(name, command, async (note) => {
			try {
				return await act(note);
			} catch (error) {
				if (!(error instanceof BuildFailure)) throw error;
				note({ warning: `${error.message} ${words}` });
				return null;
			}
		});

	return {
		provider,
		input,
		signal,
		log,
		steps,
		now,
		secrets: [],
		nextKey: () => `build-${++keys}`,
		limitMs: () => Math.max(1, Math.min(stepMs, totalMs - (now() - beganAt))),
		current: () => current,
		step,
		tryStep,
	};
}
