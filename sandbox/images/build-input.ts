import type { SandboxInfo } from "../provider.ts";
import type { Recipe } from "./recipe.ts";

export type StepName =
	| "prepare"
	| "read"
	| "services"
	| "setup"
	| "build"
	| "start"
	| "test"
	| "agent"
	| "check"
	| "snapshot"
	| "verify";

/** One command of a build, or one act of ours (its command is then in words). */
export interface BuildStep {
	step: StepName;
	command: string;
	durationMs: number;
	/** null: it runs still, it was ended by us, or it has none. */
	exitCode: number | null;
	/** What people should know although the build went on. */
	warning?: string;
}

export interface BuildInput {
	/** Of the sandbox that is built in; what another build left under this name is deleted. `[a-z0-9-]{1,56}`. */
	sandboxName: string;
	/** The name of the snapshot to be made. */
	snapshot: string;
	/** Text of a `.bobbin.yml` that beats the repository's own; null: the repository's own, else detection. */
	recipeText: string | null;
	/** Writes the sandbox's token and clones; gives the absolute path of the checkout. What it throws ends the build. */
	prepare(sandbox: SandboxInfo, signal: AbortSignal): Promise<{ directory: string }>;
	/** Brings the agent's state into the home; what it leaves running is ended by the build. */
	warmAgent(sandbox: SandboxInfo, directory: string, signal: AbortSignal): Promise<void>;
	/** Called when a step begins and, with all that is known of it, when it has ended. */
	onStep(step: BuildStep, state: "began" | "ended"): void;
	/**
	 * The whole log so far, clean for people's eyes and never longer than `limits.logBytes` (head and tail are kept):
	 * it replaces what was given before. Called once a second at most, and at the end.
	 */
	onLog(log: string): void;
	limits: BuildLimits;
}

export interface BuildLimits {
	/** Of one command. */
	stepMs: number;
	/** Of everything, clean-up aside. */
	totalMs: number;
	logBytes: number;
}

interface Built {
	steps: BuildStep[];
	log: string;
}

export type BuildOutcome =
	| (Built & {
			outcome: "ready";
			recipe: Recipe;
			/** In words: why each part of the recipe is there. */
			found: string[];
			/** Ports that the app listened on, also where the recipe names none. */
			ports: number[];
			/** Of the commit that the image holds; empty for a repository without one. */
			commitSha: string;
			sizeBytes: number | null;
	  })
	| (Built & { outcome: "failed"; step: StepName; message: string; lastLines: string[] });
