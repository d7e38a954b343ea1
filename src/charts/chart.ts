import { z } from "zod";

const figures = z.array(z.number().int().min(0)).min(1).max(60);

/** All that a picture of figures shows: sessions and merged pull requests, step by step. */
export const chart = z.object({
	/** The first step's day, UTC, `2026-11-22`. */
	from: z.iso.date(),
	stepDays: z.number().int().min(1).max(31),
	sessions: figures,
	merged: figures,
});

export type Chart = z.infer<typeof chart>;
