import type { PlainTextOption } from "@slack/types";
import { AppError } from "../../errors.ts";
import { readChannelDefault, readRepository } from "../../sessions/routing/repository-store.ts";
import { repositoryOption } from "../blocks/ask-message.ts";
import { admit } from "../listeners/admit.ts";
import type { ListenerDeps } from "../listeners/deps.ts";
import { threadUrl } from "../thread-url.ts";
import { type NewSessionForm, newSessionView, type SourceMessage } from "./new-session-view.ts";
import { openModal, sayingView } from "./open-modal.ts";

const NAMED = /(?:^|[\s(<"'`/])([\w.-]+\/[\w.-]+)/g;
const MOST_NAMED = 5;

/** Opens the modal for a new session, and proposes the repository of the channel or of what the words name. */
export async function openNewSession(
	deps: ListenerDeps,
	at: {
		teamId: string;
		userId: string;
		triggerId: string;
		channelId: string | null;
		text: string;
		source: SourceMessage | null;
	},
): Promise<void> {
	const { teamId, userId, triggerId, ...given } = at;
	const { models } = deps;
	const { url } = await deps.workspaces.of(teamId);
	const { source } = at;
	const sourceUrl =
		source === null ? null : threadUrl(url, { channelId: source.channelId, threadTs: source.ts });
	const form: NewSessionForm = { ...given, sourceUrl, models, note: null };
	await openModal(deps, { teamId, triggerId, first: newSessionView(form) }, async () => {
		const admission = await admit(deps, { teamId, userId });
		if (admission.outcome === "refused") return sayingView("New session", admission.why);
		const { personId } = admission;
		deps.foresight.visited({ personId });
		const note = source === null ? null : await describeThread(deps, teamId, source);
		const repository = await propose(deps, { ...at, personId });
		if (note === null && repository === null) return null;
		return newSessionView({ ...form, note, repository });
	});
}

async function describeThread(
	deps: ListenerDeps,
	teamId: string,
	{ channelId, threadTs }: SourceMessage,
): Promise<string | null> {
	const known = await deps.sessions.findByThread({ teamId, channelId, threadTs });
	return known === null
		? null
		: "That thread has a session already: it goes on with what you write, in its own repository.";
}

/** Of what its opener may use. */
async function propose(
	deps: ListenerDeps,
	{
		personId,
		teamId,
		channelId,
		text,
		source,
	}: {
		personId: string;
		teamId: string;
		channelId: string | null;
		text: string;
		source: SourceMessage | null;
	},
): Promise<PlainTextOption | null> {
	const place = source?.channelId ?? channelId;
	const defaultId = place === null ? null : await readChannelDefault(deps.db, { teamId, channelId: place });
	const known = defaultId === null ? undefined : await readRepository(deps.db, defaultId);
	const named = [...text.matchAll(NAMED)].slice(0, MOST_NAMED).map((match) => String(match[1]));
	const names = [...named, ...(known === undefined ? [] : [`${known.owner}/${known.name}`])];
	try {
		for (const query of names) {
			const [found] = await deps.sessions.searchRepositories({ personId, query, limit: 1 });
			if (found?.repository.toLowerCase() === query.toLowerCase()) return repositoryOption(found);
		}
		return null;
	} catch (error) {
		if (!(error instanceof AppError)) throw error;
		deps.log.info({ err: error }, "no repository could be proposed");
		return null;
	}
}
