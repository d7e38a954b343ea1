import {
	createCipheriv,
	createDecipheriv,
	createHmac,
	hkdfSync,
	randomBytes,
	timingSafeEqual,
} from "node:crypto";
import { AppError } from "../errors.ts";

/** A key of 32 bytes under the name by which sealed texts refer to it. */
export interface SealKey {
	/** Letters, digits, `-` and `_`. */
	id: string;
	bytes: Uint8Array;
}

/** Keeps short texts unreadable wherever they are stored. */
export interface Seal {
	/** `purpose` says what the text is and where it lies, for example `github_tokens.access_token`. */
	seal(purpose: string, text: string): string;
	/** @throws AppError `sealed_with_unknown_key`, `seal_broken` (altered, or sealed for another purpose) */
	open(purpose: string, sealed: string): string;
	/** Whether it was sealed with the key that is used now. */
	isCurrent(sealed: string): boolean;
	/** By which a text that everybody may read is known to be ours: HMAC-SHA-256, base64url. The same each time. */
	sign(purpose: string, text: string): string;
	/** Whether a key that is there signed it for this purpose. */
	isSigned(purpose: string, text: string, signature: string): boolean;
}

const FORMAT = "s1";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM with a random nonce and a key for each purpose (HKDF-SHA-256 of the key that the sealed text names); the
 * purpose is authenticated too. Sealed: `s1.<key id>.<nonce, ciphertext and tag, base64url>`.
 *
 * @param readKeys all keys, the current one first; asked at each use, so that a key that was added meanwhile counts
 */
export function createSeal(readKeys: () => SealKey[]): Seal {
	return {
		seal(purpose, text) {
			const key = currentOf(readKeys());
			const nonce = randomBytes(NONCE_BYTES);
			const cipher = createCipheriv("aes-256-gcm", derive(key, purpose), nonce, { authTagLength: TAG_BYTES });
			cipher.setAAD(Buffer.from(purpose));
			const body = Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
			return `${FORMAT}.${key.id}.${body.toString("base64url")}`;
		},

		open(purpose, sealed) {
			const { keyId, body } = split(sealed);
			const key = readKeys().find(({ id }) => id === keyId);
			if (key === undefined)
				throw new AppError(
					"sealed_with_unknown_key",
					`A secret was sealed with the key "${keyId}", which is not there. Put it back into ENCRYPTION_KEYS (or the key file).`,
				);
			if (body.length < NONCE_BYTES + TAG_BYTES) throw broken();
			const nonce = body.subarray(0, NONCE_BYTES);
			const decipher = createDecipheriv("aes-256-gcm", derive(key, purpose), nonce, {
				authTagLength: TAG_BYTES,
			});
			decipher.setAAD(Buffer.from(purpose));
			decipher.setAuthTag(body.subarray(-TAG_BYTES));
			try {
				const text = decipher.update(body.subarray(NONCE_BYTES, -TAG_BYTES));
				return Buffer.concat([text, decipher.final()]).toString("utf8");
			} catch (cause) {
				throw broken(cause);
			}
		},

		isCurrent: (sealed) => split(sealed).keyId === currentOf(readKeys()).id,

		sign: (purpose, text) => mac(currentOf(readKeys()), purpose, text).toString("base64url"),

		isSigned(purpose, text, signature) {
			const given = Buffer.from(signature, "base64url");
			return readKeys().some((key) => {
				const expected = mac(key, purpose, text);
				return given.length === expected.length && timingSafeEqual(given, expected);
			});
		},
	};
}

function currentOf([current]: SealKey[]): SealKey {
	if (current === undefined) throw new Error("there is no key to seal with");
	return current;
}

function derive(key: SealKey, purpose: string): Uint8Array {
	return new Uint8Array(hkdfSync("sha256", key.bytes, new Uint8Array(), `bobbin ${purpose}`, 32));
}

function mac(key: SealKey, purpose: string, text: string): Buffer {
	return createHmac("sha256", derive(key, `sign ${purpose}`))
		.update(text)
		.digest();
}

function split(sealed: string): { keyId: string; body: Buffer } {
	const [format, keyId, body, ...rest] = sealed.split(".");
	if (format !== FORMAT || keyId === undefined || body === undefined || rest.length > 0) throw broken();
	return { keyId, body: Buffer.from(body, "base64url") };
}

const broken = (cause?: unknown) =>
	new AppError("seal_broken", "A sealed secret was altered, or was sealed for another purpose.", { cause });
