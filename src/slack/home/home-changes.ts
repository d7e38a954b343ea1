import type { SessionView } from "../../sessions/session-view.ts";

const MOST_REMEMBERED = 1_000;

/** Says whether anything of a session changed that homes show. The progress of a turn is nothing of it. */
export function createNoticeChanges(): (session: SessionView) => boolean {
	const known = new Map<string, string>();
	return (session) => {
		const now = JSON.stringify([
			session.status,
			session.title,
			session.repository?.fullName,
			session.prompts.map(({ id, status, held }) => [id, status, held]),
			session.pullRequests.map(({ id, state }) => [id, state]),
			session.openings.map(({ id, waitsFor }) => [id, waitsFor?.personId]),
			session.questions.map(({ id, answer }) => [id, answer === null]),
		]);
		if (known.get(session.id) === now) return false;
		if (known.size >= MOST_REMEMBERED) known.clear();
		known.set(session.id, now);
		return true;
	};
}
