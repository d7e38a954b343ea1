import type { HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import { z } from "zod";
import type { Thread } from "../../contract/session.ts";
import { AppError } from "../../errors.ts";
import type { SessionView } from "../../sessions/session-view.ts";
import type { Sessions } from "../../sessions/sessions.ts";
import { isAskedHere } from "../loopback-only.ts";
import { noSessionPage, sessionPage, signInLaterPage } from "../pages/session-page.ts";

/**
 * `GET /sessions/:id`, to which the text of each pull request links. Until people can sign in on the web, only this
 * machine is shown the session; everybody else is led to its thread, where Slack decides who may read.
 */
export function createSessionPages(deps: {
	view: Sessions["view"];
	viewSent: Sessions["viewSent"];
	threadUrl: (thread: Thread) => Promise<string>;
}): Hono<{ Bindings: HttpBindings }> {
	return new Hono<{ Bindings: HttpBindings }>().get("/sessions/:id", async (c) => {
		const id = z.uuid().safeParse(c.req.param("id"));
		const session = id.success ? await find(id.data) : null;
		if (session === null) return c.html(noSessionPage(), 404);
		const threadUrls = (await Promise.all(session.threads.map(findThreadUrl))).flat();
		if (!isAskedHere(c)) return c.html(signInLaterPage(threadUrls));
		return c.html(sessionPage(session, await deps.viewSent(session.id), threadUrls));
	});

	/** None where the app was taken out of the workspace. */
	async function findThreadUrl(thread: Thread): Promise<string[]> {
		try {
			return [await deps.threadUrl(thread)];
		} catch (error) {
			if (error instanceof AppError && error.code === "workspace_unknown") return [];
			throw error;
		}
	}

	async function find(id: string): Promise<SessionView | null> {
		try {
			return await deps.view(id);
		} catch (error) {
			if (error instanceof AppError && error.code === "session_not_found") return null;
			throw error;
		}
	}
}
