import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { formatKeys, parseKeys } from "../../src/secrets/parse-keys.ts";
import { createSeal, type SealKey } from "../../src/secrets/seal.ts";

const key = (id: string): SealKey => ({ id, bytes: new Uint8Array(randomBytes(32)) });
const [k1, k2] = [key("k1"), key("k2")];
const seal = createSeal(() => [k1]);
const both = createSeal(() => [k2, k1]);
const TEXT = "ghu_ünïcode 🔑";

describe("a sealed text", () => {
	it("opens with its purpose", () => expect(seal.open("a.b", seal.seal("a.b", TEXT))).toBe(TEXT));

	it("shows nothing of the text and is another one each time", () => {
		const [first, second] = [seal.seal("a.b", TEXT), seal.seal("a.b", TEXT)];
		expect(first).not.toBe(second);
		expect(Buffer.from(first.split(".")[2] ?? "", "base64url").toString("latin1")).not.toContain("ghu_");
	});

	it("does not open for another purpose", () =>
		expect(() => seal.open("a.c", seal.seal("a.b", TEXT))).toThrow(
			expect.objectContaining({ code: "seal_broken" }),
		));

	it("does not open when any byte of it was changed", () => {
		const sealed = seal.seal("a.b", TEXT);
		const [format, id, body = ""] = sealed.split(".");
		const bytes = Buffer.from(body, "base64url");
		for (let index = 0; index < bytes.length; index++) {
			const changed = Buffer.from(bytes);
			changed[index] = (changed[index] ?? 0) ^ 1;
			const text = `${format}.${id}.${changed.toString("base64url")}`;
			expect(() => seal.open("a.b", text)).toThrow(expect.objectContaining({ code: "seal_broken" }));
		}
	});

	it.each(["", "s1", "s1.k1", "s1.k1.", "s1.k1.AAAA", "s2.k1.AAAA", "s1.k1.AAAA.AAAA", TEXT])(
		"is not what %j is",
		(text) => expect(() => seal.open("a.b", text)).toThrow(expect.objectContaining({ code: "seal_broken" })),
	);

	it("opens with the key that it names, also after another one took its place", () => {
		const old = seal.seal("a.b", TEXT);
		expect(both.open("a.b", old)).toBe(TEXT);
		expect(both.isCurrent(old)).toBe(false);
		expect(both.isCurrent(both.seal("a.b", TEXT))).toBe(true);
	});

	it("says which key is missing, and not what the text was", () => {
		const sealed = both.seal("a.b", TEXT);
		expect(() => seal.open("a.b", sealed)).toThrow(
			expect.objectContaining({ code: "sealed_with_unknown_key", message: expect.stringContaining('"k2"') }),
		);
	});

	it("does not open with another key of the same name", () => {
		const other = createSeal(() => [key("k1")]);
		expect(() => other.open("a.b", seal.seal("a.b", TEXT))).toThrow(
			expect.objectContaining({ code: "seal_broken" }),
		);
	});
});

describe("keys", () => {
	it("are read as they are written", () =>
		expect(parseKeys(formatKeys([k2, k1]), "ENCRYPTION_KEYS")).toEqual([k2, k1]));

	it.each([
		["nothing", ""],
		["no id", Buffer.alloc(32).toString("base64")],
		["a short key", `k1:${Buffer.alloc(16).toString("base64")}`],
		["a long key", `k1:${Buffer.alloc(33).toString("base64")}`],
		["words", "k1:my secret"],
		["one id twice", `${formatKeys([k1])},${formatKeys([{ ...k2, id: "k1" }])}`],
	])("are refused with %s, without being repeated", (_what, text) => {
		const secret = text.split(":")[1] ?? "";
		try {
			parseKeys(text, "ENCRYPTION_KEYS");
			expect.unreachable();
		} catch (error) {
			expect(error).toMatchObject({ code: "bad_config" });
			if (secret !== "") expect(String(error)).not.toContain(secret);
		}
	});
});
