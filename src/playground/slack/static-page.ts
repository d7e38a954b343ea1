import { readFile } from "node:fs/promises";
import { extname, join, normalize, sep } from "node:path";

const TYPES: Record<string, string> = {
	".html": "text/html; charset=utf-8",
	".js": "text/javascript; charset=utf-8",
	".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml",
	".png": "image/png",
	".woff2": "font/woff2",
	".json": "application/json",
	".ico": "image/x-icon",
};

/** Sends a file of the built page, or its `index.html` for every address that is a place inside the page. */
export async function sendPage(pageDir: string | null, path: string): Promise<Response> {
	if (pageDir === null) return new Response("The page of the playground is not built.", { status: 404 });
	const wanted = normalize(path).replace(/^[/\\]+/, "");
	if (wanted.split(sep).includes("..")) return new Response("not found", { status: 404 });
	const name = extname(wanted) === "" ? "index.html" : wanted;
	try {
		const bytes = await readFile(join(pageDir, name));
		const hashed = name.startsWith("assets/");
		return new Response(bytes, {
			headers: {
				"content-type": TYPES[extname(name)] ?? "application/octet-stream",
				"cache-control": hashed ? "public, max-age=31536000, immutable" : "no-cache",
			},
		});
	} catch (error) {
		if (error instanceof Error && "code" in error && error.code === "ENOENT") {
			return new Response("not found", { status: 404 });
		}
		throw error;
	}
}
