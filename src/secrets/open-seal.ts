import { openKeyFile } from "./key-file.ts";
import { createSeal, type Seal, type SealKey } from "./seal.ts";

/** The seal with the keys that are set, or with those of the data folder. @throws AppError `bad_config` */
export function openSeal(input: { keys: SealKey[] | null; dataDir: string }): Seal {
	const { keys } = input;
	return createSeal(keys === null ? openKeyFile(input.dataDir).read : () => keys);
}
