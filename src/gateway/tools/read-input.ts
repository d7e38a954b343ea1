import type { z } from "zod";
import { AppError } from "../../errors.ts";
import { readBody } from "../read-body.ts";

/** What a tool is called with. @throws AppError `bad_request` with a sentence for the agent */
export async function readInput<Schema extends z.ZodType>(
	request: Request,
	schema: Schema,
	max: { bytes: number; words: string },
): Promise<z.infer<Schema>> {
	const body = await readBody(request, max.bytes);
	if (body === "too_large") throw new AppError("bad_request", max.words);
	const parsed = schema.safeParse(toJson(body));
	if (parsed.success) return parsed.data;
	const problems = parsed.error.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`);
	throw new AppError("bad_request", `The tool cannot be called like that. ${problems.join("; ")}`);
}

function toJson(bytes: Uint8Array): unknown {
	try {
		return JSON.parse(Buffer.from(bytes).toString("utf8"));
	} catch {
		return undefined;
	}
}
