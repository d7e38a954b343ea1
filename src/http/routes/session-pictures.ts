import type { HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import { z } from "zod";
import type { Sessions } from "../../sessions/sessions.ts";
import { isAskedHere } from "../loopback-only.ts";

const place = z.object({ sessionId: z.uuid(), pictureId: z.uuid() });
const YEAR_SECONDS = 31_536_000;

/**
 * `GET /sessions/:id/pictures/:id`: a picture that the session's agent made, for whoever is shown the session. Its type
 * comes from our own table and is never guessed; by itself in a tab it can run and load nothing.
 */
export function createSessionPictureRoutes(deps: {
	readPicture: Sessions["readPicture"];
}): Hono<{ Bindings: HttpBindings }> {
	return new Hono<{ Bindings: HttpBindings }>().get("/sessions/:sessionId/pictures/:pictureId", async (c) => {
		const at = place.safeParse(c.req.param());
		if (!at.success || !isAskedHere(c)) return c.notFound();
		const picture = await deps.readPicture(at.data);
		if (picture === null) return c.notFound();
		return c.body(Uint8Array.from(picture.bytes), 200, {
			"content-type": picture.type,
			"x-content-type-options": "nosniff",
			"content-security-policy": "sandbox; default-src 'none'",
			"cross-origin-resource-policy": "same-origin",
			"cache-control": `private, max-age=${YEAR_SECONDS}, immutable`,
		});
	});
}
