import { readFileSync } from "node:fs";
import type { Script } from "../agent/replay.ts";
import { bash, showOutput, step } from "../agent/tools.ts";
import { ABOUT_THE_MODEL } from "./leave-note.ts";

const PROGRAM = readFileSync(new URL("./bar-chart.mjs", import.meta.url), "utf8");
const TITLE = "Lines of the largest files";

/** The one picture that the scripted model can make. Changes nothing. */
export function* drawChart(): Script {
	const [drawn] = yield* step(
		"I count the lines of the files and draw them.",
		bash(`node --input-type=module - <<'PROGRAM'\n${PROGRAM}PROGRAM`),
	);
	const bars = [...(drawn?.text ?? "").matchAll(/^(\d+) (.+)$/gm)];
	if (!drawn || drawn.isError || bars.length === 0)
		return `I could not draw it:\n\n${showOutput(drawn?.text ?? "")}`;
	const [shown] = yield* step("I show the picture.", {
		name: "add_screenshot",
		input: { path: "~/chart.png", title: TITLE },
	});
	if (!shown || shown.isError) return `I drew it, but could not show it:\n\n${showOutput(shown?.text ?? "")}`;
	const lines = bars.map(([, lines, name], index) => `${index + 1}. \`${name}\`: ${lines} lines`);
	return `These are the largest files:\n\n${lines.join("\n")}\n\nIt is the only chart that I can draw, and I changed nothing. ${ABOUT_THE_MODEL}`;
}
