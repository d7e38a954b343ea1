import type { HomeView } from "@slack/types";
import type { WebClient } from "@slack/web-api";
import { toCallFailure } from "../web-api/call-failure.ts";

export type Published =
	| { outcome: "published"; viewHash: string | null }
	/** Another view than the one with `viewHash` is there. */
	| { outcome: "conflict" }
	| { outcome: "later"; retryAfterMs: number }
	| { outcome: "unknown" }
	| { outcome: "refused"; error: string };

/** Publishes a home in the place of the one with `viewHash`; null: of whichever is there. */
export async function publishHome(
	client: Pick<WebClient, "views">,
	{ userId, view, viewHash }: { userId: string; view: HomeView; viewHash: string | null },
): Promise<Published> {
	try {
		const answer = await client.views.publish({
			user_id: userId,
			view,
			...(viewHash === null ? {} : { hash: viewHash }),
		});
		return { outcome: "published", viewHash: answer.view?.hash ?? null };
	} catch (error) {
		const failure = toCallFailure(error);
		switch (failure.kind) {
			case "later":
				return { outcome: "later", retryAfterMs: failure.retryAfterMs };
			case "unknown":
				return { outcome: "unknown" };
			case "refused":
				return failure.error === "hash_conflict"
					? { outcome: "conflict" }
					: { outcome: "refused", error: failure.error };
			default:
				return failure satisfies never;
		}
	}
}

const BAD_VIEW = new Set(["invalid_arguments", "invalid_blocks", "invalid_blocks_format"]);

/** Pure. Slack fetches pictures before it takes a view, and refuses one whose picture it does not get. */
export function isPictureRefused(error: string, view: HomeView): boolean {
	return BAD_VIEW.has(error) && view.blocks.some(({ type }) => type === "image");
}
