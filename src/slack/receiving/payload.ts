/**
 * JSON from Slack as a value; null if it is no object. Text that PostgreSQL's jsonb refuses (zero characters, half
 * surrogates) is mended on the way in.
 */
export function parsePayload(json: string): object | null {
	try {
		const value: unknown = JSON.parse(json, (_, part: unknown) =>
			typeof part === "string" ? part.replaceAll("\u0000", "").toWellFormed() : part,
		);
		return typeof value === "object" && value !== null ? value : null;
	} catch (error) {
		if (error instanceof SyntaxError) return null;
		throw error;
	}
}
