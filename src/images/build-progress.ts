import type { BuildStep } from "../../sandbox/images/build-input.ts";
import type { Db } from "../db/client.ts";
import type { Log } from "../log.ts";
import { noteProgress } from "./image-store.ts";

/** What is written of a build while it is made, so that people can follow it. */
export interface BuildProgress {
	onStep(step: BuildStep, state: "began" | "ended"): void;
	/** The whole log so far. */
	onLog(log: string): void;
	/** What was checked out; it may be newer than what was meant. */
	onCommit(sha: string): void;
	/** Resolves when all of it is written, or could not be; gives the step that was last begun. */
	settle(): Promise<{ step: string | null }>;
}

/** Writes one state after the other, the newest only: what changes during a write goes with the next. */
export function createBuildProgress(deps: {
	db: Db;
	imageId: string;
	commitSha: string;
	/** Somebody else builds this repository now. */
	onLost: () => void;
	log: Log;
}): BuildProgress {
	const { db, imageId, onLost } = deps;
	const now = { step: null as string | null, steps: [] as BuildStep[], log: "", commitSha: deps.commitSha };
	let isDirty = false;
	let writing: Promise<void> | null = null;

	async function write(): Promise<void> {
		while (isDirty) {
			isDirty = false;
			try {
				if (!(await noteProgress(db, imageId, now))) return onLost();
			} catch (err) {
				// The next change writes all of it.
				deps.log.warn({ err, image: imageId }, "the progress of a build could not be written");
				return;
			}
		}
	}

	function touch(): void {
		isDirty = true;
		writing ??= write().finally(() => {
			writing = null;
		});
	}

	return {
		onStep(step, state) {
			const begun = now.steps.findLastIndex((one) => one.step === step.step && one.command === step.command);
			if (state === "ended" && begun >= 0) now.steps[begun] = step;
			else now.steps.push(step);
			now.step = step.step;
			touch();
		},
		onLog(log) {
			now.log = log;
			touch();
		},
		onCommit(sha) {
			now.commitSha = sha;
			touch();
		},
		async settle() {
			touch();
			await writing;
			return { step: now.step };
		},
	};
}
