import type { PictureType } from "../../contract/session.ts";

export const EXTENSION_OF: Readonly<Record<PictureType, string>> = {
	"image/png": "png",
	"image/jpeg": "jpg",
	"image/gif": "gif",
	"image/webp": "webp",
};

const IS_TYPE: readonly [PictureType, (head: string) => boolean][] = [
	["image/png", (head) => head.startsWith("\x89PNG\r\n\x1a\n")],
	["image/jpeg", (head) => head.startsWith("\xff\xd8\xff")],
	["image/gif", (head) => head.startsWith("GIF87a") || head.startsWith("GIF89a")],
	["image/webp", (head) => head.startsWith("RIFF") && head.slice(8, 12) === "WEBP"],
];

/** Pure. What the first bytes say, whatever the file is called; null: none of these. */
export function findPictureType(bytes: Uint8Array): PictureType | null {
	const head = Buffer.from(bytes.subarray(0, 16)).toString("latin1");
	return IS_TYPE.find(([, isIt]) => isIt(head))?.[0] ?? null;
}
