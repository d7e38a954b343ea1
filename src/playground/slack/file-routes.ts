import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "hono";
import { type AppTokens, identifyCaller } from "./caller.ts";
import { mayReadFile } from "./read-files.ts";
import { Refused } from "./refused.ts";
import type { World } from "./world.ts";

const MAX_UPLOAD_BYTES = 100_000_000;

/** Takes the bytes of a file at the address that `files.getUploadURLExternal` gave. */
export async function receiveUpload(world: World, context: Context, fileId: string): Promise<Response> {
	const file = world.store.file(fileId);
	if (file === undefined || file.complete) return new Response("not found", { status: 404 });
	if (Number(context.req.header("content-length") ?? 0) > MAX_UPLOAD_BYTES) {
		return new Response("too large", { status: 413 });
	}
	const bytes = await readBytes(context);
	if (bytes.byteLength > MAX_UPLOAD_BYTES) return new Response("too large", { status: 413 });
	await writeFile(join(world.store.filesDir, file.id), bytes);
	return new Response(`OK - ${bytes.byteLength}`);
}

/**
 * Sends a file to whoever may read it. As on Slack, a wrong token gets no error but the sign-in page, with HTTP 200.
 *
 * @param key team and file identifiers joined by a hyphen, as in `url_private`
 */
export async function sendFile(
	world: World,
	tokens: AppTokens,
	context: Context,
	key: string,
	options: { download: boolean },
): Promise<Response> {
	const file = world.store.file(key.split("-")[1] ?? "");
	const token = /^Bearer (.+)$/i.exec(context.req.header("authorization") ?? "")?.[1] ?? null;
	if (file === undefined || !file.complete) return new Response("not found", { status: 404 });
	try {
		if (!mayReadFile(world, identifyCaller(world, tokens, token), file)) return signInPage();
	} catch (error) {
		if (error instanceof Refused) return signInPage();
		throw error;
	}
	const headers: Record<string, string> = {
		"content-type": file.mimetype,
		"x-content-type-options": "nosniff",
		"content-security-policy": "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'",
	};
	if (options.download) {
		headers["content-disposition"] = `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`;
	}
	return new Response(await readFile(join(world.store.filesDir, file.id)), { headers });
}

async function readBytes(context: Context): Promise<Uint8Array> {
	if (!(context.req.header("content-type") ?? "").includes("multipart/form-data")) {
		return new Uint8Array(await context.req.arrayBuffer());
	}
	const fields = [...(await context.req.raw.formData()).values()];
	const file = fields.find((field) => typeof field !== "string");
	return file === undefined ? new Uint8Array() : new Uint8Array(await file.arrayBuffer());
}

function signInPage(): Response {
	return new Response(
		"<!DOCTYPE html><html><head><title>Sign in | Slack</title></head><body>Sign in</body></html>",
		{
			headers: { "content-type": "text/html; charset=utf-8" },
		},
	);
}
