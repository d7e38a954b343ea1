import type { Script } from "../agent/replay.ts";
import { step } from "../agent/tools.ts";
import { addTest } from "./add-test.ts";
import type { Job } from "./job.ts";

const YES = "Yes, add one";
const NO = "No, leave it";

/** Asks a person and does as they say, for whoever wants to see how an agent asks. */
export function* askFirst(job: Job): Script {
	const [answer] = yield* step("I ask first, as you wanted.", {
		name: "question",
		input: {
			questions: [
				{
					question: "Shall I add a test to the repository, too?",
					header: "A test",
					options: [
						{ label: YES, description: "One more test, in the same pull request" },
						{ label: NO, description: "Only what you asked for" },
					],
				},
			],
		},
	});
	if (!answer || answer.isError) return "I could not ask anybody here, so I went on without a test.";
	if (answer.text.includes(YES)) return yield* addTest(job);
	if (answer.text.includes(NO)) return "I asked, and left the tests as they are.";
	return "I asked, and you answered in your own words. I am only a script and know two answers, so I left the tests as they are.";
}
