import { AppError } from "../errors.ts";
import type { SealKey } from "./seal.ts";

const KEY_BYTES = 32;

/**
 * Reads keys from `id:base64,id:base64`, the current one first. Each is 32 random bytes.
 *
 * @throws AppError `bad_config`; it never says a key
 */
export function parseKeys(text: string, where: string): SealKey[] {
	const keys = text
		.split(",")
		.map((entry) => entry.trim())
		.filter((entry) => entry !== "")
		.map((entry, index) => {
			const [, id, encoded] = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/_-]+={0,2})$/.exec(entry) ?? [];
			const bytes = Buffer.from(encoded ?? "", "base64");
			if (id === undefined || bytes.length !== KEY_BYTES)
				throw new AppError(
					"bad_config",
					`Key ${index + 1} of ${where} is not <id>:<32 bytes as base64>. Make one with: echo "k1:$(openssl rand -base64 32)"`,
				);
			return { id, bytes: new Uint8Array(bytes) };
		});
	if (keys.length === 0) throw new AppError("bad_config", `${where} holds no key.`);
	if (new Set(keys.map(({ id }) => id)).size < keys.length)
		throw new AppError("bad_config", `Two keys of ${where} have the same id.`);
	return keys;
}

export function formatKeys(keys: SealKey[]): string {
	return keys.map(({ id, bytes }) => `${id}:${Buffer.from(bytes).toString("base64")}`).join(",");
}
