import { z } from "zod";

const refusalSchema = z.object({ type: z.literal("error"), request_id: z.string() }).loose();

/**
 * A provider's error without its `request_id`, which its headers name too. OpenCode 1.18.33 searches the body of an
 * error for `429` and `500` to find out whether to ask again: by chance one id in twenty holds such digits, and a
 * request that was refused for good would be made five times more. What is no error of the provider's stays as it is.
 */
export function stripRequestId(body: string): string {
	let parsed: unknown;
	try {
		parsed = JSON.parse(body);
	} catch {
		return body;
	}
	const refusal = refusalSchema.safeParse(parsed);
	if (!refusal.success) return body;
	const { request_id: _, ...rest } = refusal.data;
	return JSON.stringify(rest);
}
