import { z } from "zod";
import type { RequestKind } from "./decide-reply.ts";

/** Which requests a fault is kept for; without it the next one of any kind takes it. */
const aimed = { for: z.enum(["classifier", "addressed", "agent", "title", "summary"]).optional() };

const faultSchema = z.union([
	/** An error before anything is answered. */
	z.strictObject({
		...aimed,
		status: z.union([z.literal([400, 401, 403, 404, 413, 429, 500, 529])]),
		retryAfterSeconds: z.number().min(0).optional(),
	}),
	/** Never answers. */
	z.strictObject({ ...aimed, hang: z.literal(true) }),
	/** The connection ends after so many bytes of the body. */
	z.strictObject({ ...aimed, cutAfterBytes: z.int().min(0) }),
	/** An `error` event inside a stream that began with a 200. */
	z.strictObject({ ...aimed, errorEvent: z.enum(["overloaded_error", "api_error"]) }),
	/** A 200 that is not the protocol. */
	z.strictObject({ ...aimed, nonsense: z.literal(true) }),
	z.strictObject({ ...aimed, refusal: z.literal(true) }),
	/** A tool call whose input is not JSON (streams only). */
	z.strictObject({ ...aimed, malformedTool: z.literal(true) }),
	/** The classifier's answer names a repository that nobody has. */
	z.strictObject({ ...aimed, madeUpRepository: z.literal(true) }),
	/** Waits before the first token. */
	z.strictObject({ ...aimed, delayMs: z.int().min(0) }),
]);

export const faultsSchema = z.strictObject({ next: z.array(faultSchema).max(1000) });

export type Fault = z.infer<typeof faultSchema>;

/** A line of faults, each taken by one request. */
export interface Faults {
	/** Replaces what is left. */
	set(faults: readonly Fault[]): void;
	/** The first fault that fits a request of this kind; it is gone then. */
	take(kind: RequestKind): Fault | null;
	left(): readonly Fault[];
}

export function createFaults(): Faults {
	let line: Fault[] = [];
	return {
		set(faults) {
			line = [...faults];
		},
		take(kind) {
			const index = line.findIndex((fault) => fault.for === undefined || fault.for === kind);
			return index < 0 ? null : (line.splice(index, 1)[0] ?? null);
		},
		left: () => line,
	};
}
