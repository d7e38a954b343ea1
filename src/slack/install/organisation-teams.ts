import type { WebClient } from "@slack/web-api";
import { AppError } from "../../errors.ts";
import { toCallFailure } from "../web-api/call-failure.ts";

const PAGE = 200;

/**
 * The workspaces of an organisation in which its installation may be used.
 *
 * @throws AppError `slack_unavailable`
 */
export async function readOrganisationTeams(client: WebClient): Promise<{ id: string; name: string }[]> {
	try {
		const teams: { id: string; name: string }[] = [];
		let cursor = "";
		do {
			const answer = await client.auth.teams.list({ limit: PAGE, ...(cursor === "" ? {} : { cursor }) });
			for (const { id, name } of answer.teams ?? [])
				if (id !== undefined) teams.push({ id, name: name ?? id });
			cursor = answer.response_metadata?.next_cursor ?? "";
		} while (cursor !== "");
		return teams;
	} catch (cause) {
		const failure = toCallFailure(cause);
		throw new AppError(
			"slack_unavailable",
			`Slack did not say which workspaces the organisation has (${failure.error}).`,
			{ retryable: true, cause },
		);
	}
}
