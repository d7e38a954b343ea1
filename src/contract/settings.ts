import { z } from "zod";

/** How much of the work a thread shows: the result only, the work as one line that moves, or every step. */
export const verbosity = z.enum(["quiet", "normal", "verbose"]);
/** Which replies in a session's thread are prompts: all, those that name Bobbin, or those that a fast model takes for one. */
export const replyMode = z.enum(["every", "addressed", "judged"]);
/** Where a person hears that their prompt is over: in its thread, or by a direct message as well. */
export const notify = z.enum(["thread", "direct"]);

export type Verbosity = z.infer<typeof verbosity>;
export type ReplyMode = z.infer<typeof replyMode>;
export type Notify = z.infer<typeof notify>;
