import { z } from "zod";
import { AppError } from "../../errors.ts";
import type { AddPicture } from "../../sessions/pictures/add-picture.ts";
import { readInput } from "./read-input.ts";
import type { Tool } from "./tool.ts";

/** As base64 a picture of 4 MiB, and a title. */
const MAX = { bytes: 6 * 1024 * 1024, words: "A picture may have 4 MiB at most. Make it smaller." };

const screenshot = z.strictObject({
	title: z
		.string()
		.transform((title) => title.replace(/[\s\p{Cc}]+/gu, " ").trim())
		.pipe(z.string().min(1).max(200)),
	data: z.base64(),
});

/** `add_screenshot {title, data}`, `data` in base64 → `{id}`. What a file holds is looked at, never what it is called. */
export function createAddScreenshot(deps: { addPicture: AddPicture }): Tool {
	return async (request, { sessionId, promptId }) => {
		const { title, data } = await readInput(request, screenshot, MAX);
		if (promptId === null)
			throw new AppError("no_turn", "No turn is running, so nobody waits for a picture.");
		const bytes = Buffer.from(data, "base64");
		return { id: (await deps.addPicture({ sessionId, promptId, title, bytes })).pictureId };
	};
}
