import { join } from "node:path";

/** Beside the app's own data: nothing of it is committed. */
export const SHOTS_DIR = join(import.meta.dirname, "..", "..", ".data", "shots");
