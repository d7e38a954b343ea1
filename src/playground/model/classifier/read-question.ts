import { z } from "zod";
import type { MessagesRequest } from "../protocol/request-schema.ts";

const entrySchema = z.object({
	id: z.string(),
	name: z.string(),
	description: z.string().default(""),
	hints: z.string().default(""),
	aliases: z.array(z.string()).default([]),
	languages: z.array(z.string()).default([]),
	topics: z.array(z.string()).default([]),
});

const correctionSchema = z.object({ asked: z.string(), moved_to: z.string().nullable() });

export type Entry = z.infer<typeof entrySchema>;

const questionSchema = z.object({
	catalogue: z.array(entrySchema),
	channel: z
		.object({ name: z.string(), topic: z.string().default("") })
		.nullable()
		.default(null),
	thread: z.array(z.object({ author: z.string(), text: z.string() })).default([]),
	corrections: z.array(correctionSchema).default([]),
	message: z.string(),
});

export type Question = z.infer<typeof questionSchema>;

/** The classifier's fenced question, read as data. Null: this is not one. */
export function readQuestion(request: MessagesRequest): Question | null {
	const content = request.messages.findLast((message) => message.role === "user")?.content ?? "";
	const text =
		typeof content === "string"
			? content
			: content.map((block) => (block.type === "text" ? block.text : "")).join("\n");
	const fields: Record<string, unknown> = {};
	for (const tag of ["catalogue", "channel", "thread", "corrections", "message"]) {
		const json = new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(text)?.[1];
		if (json === undefined) continue;
		try {
			fields[tag] = JSON.parse(json);
		} catch {
			return null;
		}
	}
	return questionSchema.safeParse(fields).data ?? null;
}
