import { vi } from "vitest";
import { PATIENCE_MS } from "../config/patience.ts";

const LOOK_EVERY_MS = 20;

/** Looks again until it does not throw; gives what it gave then. What it threw last is the failure. */
export const eventually = <T>(look: () => T | Promise<T>): Promise<T> =>
	vi.waitFor(look, { timeout: PATIENCE_MS, interval: LOOK_EVERY_MS });
