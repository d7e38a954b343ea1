import type { z } from "zod";
import type { AppLink } from "../app-link.ts";
import { botIn } from "../bots.ts";
import type { User } from "../model.ts";
import { Refused } from "../refused.ts";
import { APP, type World } from "../world.ts";

/** What the page is answered: `ok`, and whatever the interaction yields. */
export type Outcome = { ok: true; [key: string]: unknown };

/** Puts a question to the app while a person waits, and notes answers that Slack would not take. */
export interface Asking {
	/** @throws Refused with what Slack shows to the person when the app does not answer rightly */
	ask(
		what: string,
		user: User,
		kind: "slash_commands" | "interactive",
		payload: Record<string, unknown>,
	): Promise<unknown>;
	noteWrongAnswer(what: string, user: User, error: string, messages: string[], args: unknown): void;
	/** The fields that every payload has. */
	base(user: User): Record<string, unknown>;
}

export function createAsking(world: World, link: AppLink): Asking {
	function noteWrongAnswer(what: string, user: User, error: string, messages: string[], args: unknown): void {
		world.refuse({ method: what, team_id: user.team_id, user: user.id, error, messages, args });
	}
	return {
		async ask(what, user, kind, payload) {
			const answer = await link.ask(kind, payload);
			if (answer.outcome === "answered") return answer.body;
			noteWrongAnswer(what, user, answer.error, [answer.detail], payload);
			throw new Refused(answer.error, [answer.detail]);
		},
		noteWrongAnswer,
		base(user) {
			const team = world.store.team(user.team_id);
			const enterpriseId = botIn(world.store, user.team_id)?.enterpriseId ?? null;
			return {
				user: { id: user.id, username: user.name, name: user.name, team_id: user.team_id },
				api_app_id: APP.id,
				token: APP.verificationToken,
				team: enterpriseId === null ? { id: team?.id, domain: team?.domain } : null,
				enterprise: enterpriseId === null ? null : { id: enterpriseId, name: "Initech" },
				is_enterprise_install: enterpriseId !== null,
			};
		},
	};
}

/** Slack takes an empty body and an empty object as "nothing to say". */
export function isEmpty(body: unknown): boolean {
	return body === null || body === "" || (typeof body === "object" && Object.keys(body).length === 0);
}

export function toLines(error: z.ZodError): string[] {
	return error.issues.map((issue) => `[ERROR] ${issue.path.join(".")}: ${issue.message}`);
}
