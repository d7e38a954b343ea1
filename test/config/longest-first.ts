import { BaseSequencer, type TestSpecification } from "vitest/node";

/** By how long their files take, the longest first: among the others the large ones are, but for those named. */
const PLACES = [
	"faults/",
	"e2e/",
	"contract/",
	"integration/slack.attempts",
	"integration/start.refusals",
	"integration/slack.soak",
	"integration/",
	"unit/",
];

const rank = ({ moduleId }: TestSpecification) =>
	PLACES.findIndex((place) => moduleId.includes(`/test/${place}`));

/** Begins with the longest files, so that no worker is left alone with one of them while the others have no work. */
export class LongestFirst extends BaseSequencer {
	override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
		return (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other));
	}
}
