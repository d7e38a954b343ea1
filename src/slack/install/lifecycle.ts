import type { Db, Tx } from "../../db/client.ts";
import { AppError } from "../../errors.ts";
import type { Enqueue } from "../../jobs/queue.ts";
import type { Log } from "../../log.ts";
import { recordAudit } from "../../people/audit.ts";
import { takeBackActingAsApp } from "../../people/several-workspaces-store.ts";
import type { WhoWeAre } from "../web-api/identity.ts";
import type { Installation, InstallationStore, NewInstallation } from "./installation-store.ts";
import { resumeThreads } from "./resume-threads.ts";

/** How installations begin, end and come back. Slack itself is asked before one ends: events may be late, or repeated. */
export interface Lifecycle {
	/** Keeps an installation; threads go on where one of before had ended. */
	begin(installation: NewInstallation): Promise<{ id: string }>;
	/** Slack said that a token is over. True: it is, and so is the installation. @throws AppError `slack_unavailable` */
	endIfOver(installation: Installation, token: string, why: "uninstalled" | "refused"): Promise<boolean>;
	/** Slack speaks of an installation that had ended. True: its token is good again. @throws AppError `slack_unavailable` */
	reviveIfGood(installation: Installation, token: string): Promise<boolean>;
}

export function createLifecycle(deps: {
	db: Db;
	installations: InstallationStore;
	askWho: (token: string) => Promise<WhoWeAre>;
	enqueue: Enqueue;
	log: Log;
	now: () => number;
}): Lifecycle {
	const { db, installations, askWho, enqueue, log } = deps;
	const at = () => new Date(deps.now());

	async function resume(tx: Tx, before: Installation): Promise<void> {
		if (before.endedAt === null) return;
		const teamIds = await installations.teamsOf(tx, before);
		const threads = await resumeThreads(tx, enqueue, { teamIds, since: before.endedAt });
		log.info({ teamId: before.teamId, enterpriseId: before.enterpriseId, threads }, "Slack threads go on");
	}

	/** Another workspace is there: none opens the repositories for people without an account any more. */
	async function takeBack(tx: Tx): Promise<void> {
		for (const subject of await takeBackActingAsApp(tx, at())) {
			const data = { change: { unlinked: "hold" }, why: "several workspaces" };
			await recordAudit(tx, { personId: null, action: "workspace.changed", subject, data }, at());
		}
	}

	return {
		async begin(installation) {
			return db.transaction().execute(async (tx) => {
				const { id, before } = await installations.save(tx, installation, at());
				if (before !== null) await resume(tx, before);
				await takeBack(tx);
				if (installation.source === "setting" && before?.endedAt === null) return { id };
				await recordAudit(
					tx,
					{
						personId: null,
						actor: installation.installedBy === null ? "local" : `slack:${installation.installedBy}`,
						action: "slack.installed",
						subject: installation.teamId ?? installation.enterpriseId,
						data: { name: installation.name, source: installation.source },
					},
					at(),
				);
				return { id };
			});
		},

		async endIfOver(installation, token, why) {
			if ((await askWho(token)).outcome === "known") return false;
			const { id, generation, teamId, enterpriseId, name } = installation;
			const ended = await db.transaction().execute(async (tx) => {
				const ended = await installations.end(tx, { id, generation }, why, at());
				const act = {
					personId: null,
					actor: "slack",
					action: "slack.ended",
					subject: teamId ?? enterpriseId,
				};
				if (ended === "ended") await recordAudit(tx, { ...act, data: { name, why } }, at());
				return ended;
			});
			if (ended === "ended")
				log.warn(
					{ teamId, enterpriseId, why },
					"the Slack app is not installed here any more; nothing is said here until it is installed again",
				);
			return ended !== "has_another_token";
		},

		async reviveIfGood(installation, token) {
			if ((await askWho(token)).outcome === "refused") return false;
			await db.transaction().execute(async (tx) => {
				await installations.revive(tx, installation.id);
				await takeBack(tx);
				await resume(tx, installation);
			});
			return true;
		},
	};
}

/** There is nobody to speak to. */
export function unknownWorkspace(teamId: string | null): AppError {
	return new AppError("workspace_unknown", `Bobbin is not installed in the workspace ${teamId}.`);
}

export function isUnknownWorkspace(error: unknown): boolean {
	return error instanceof AppError && error.code === "workspace_unknown";
}
