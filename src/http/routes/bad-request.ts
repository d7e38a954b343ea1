import { z } from "zod";
import { AppError } from "../../errors.ts";

/** What is said to a request that does not fit its schema. */
export function toBadRequest(error: z.ZodError): AppError {
	return new AppError("bad_request", z.prettifyError(error));
}
