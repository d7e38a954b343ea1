import type { StepName } from "./build-input.ts";
import { cleanLine } from "./clean-output.ts";

/** Ends a build for a reason that people can mend; inside this folder only: `buildImage` gives it as an outcome. */
export class BuildFailure extends Error {
	override readonly name = "BuildFailure";
	readonly step: StepName;
	readonly lastLines: string[];

	constructor(step: StepName, message: string, lastLines: string[] = []) {
		super(cleanLine(message));
		this.step = step;
		this.lastLines = lastLines.map((line) => cleanLine(line));
	}
}
