const MARK = "bobbin-note";

/**
 * What Bobbin or a team's hook tells the agent in mid-turn. Notes go behind the result of the next tool call: the
 * system text is cached by the model, and a prompt cannot be changed after it was sent.
 */
export function createNotes() {
	let waiting = [];
	return {
		add: (text) => waiting.push(text),
		clear: () => {
			waiting = [];
		},
		hooks: {
			"tool.execute.after": async (_input, output) => {
				if (waiting.length === 0 || typeof output.output !== "string") return;
				const notes = waiting.map((text) => `<${MARK}>${text}</${MARK}>`);
				waiting = [];
				output.output = [output.output, ...notes].join("\n\n");
			},
		},
	};
}
