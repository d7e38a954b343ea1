import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Folders by how long their files take, the longest first. */
const FOLDERS = ["faults", "e2e", "contract", "integration", "unit"];

const rank = ({ moduleId }: TestSpecification) =>
	FOLDERS.findIndex((folder) => moduleId.includes(`/test/${folder}/`));

/** Begins with the longest files, so that no worker is left alone with one of them while the others have no work. */
export class LongestFirst extends BaseSequencer {
	override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
		return (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other));
	}
}
