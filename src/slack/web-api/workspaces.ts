import { WebClient } from "@slack/web-api";
import type { Db } from "../../db/client.ts";
import { AppError } from "../../errors.ts";
import type { Enqueue } from "../../jobs/queue.ts";
import type { Log } from "../../log.ts";
import type { Installation, InstallationStore, NewInstallation } from "../install/installation-store.ts";
import { createLifecycle, unknownWorkspace } from "../install/lifecycle.ts";
import { readOrganisationTeams } from "../install/organisation-teams.ts";
import { clientOptions, createClients, type SlackClients, type SlackConnection } from "./clients.ts";
import { createDirectory, type Directory } from "./directory.ts";
import { askWhoWeAre, type BotIdentity } from "./identity.ts";
import type { RateBudgets } from "./rate-budget.ts";

/** One workspace in which the app is installed: who we are there, and all that speaks to it. */
export interface Workspace extends BotIdentity {
	botToken: string;
	/** Of the organisation that it belongs to, if that is known. */
	enterpriseId: string | null;
	clients: SlackClients;
	directory: Directory;
}

/** How something from Slack names the place in which the app is installed. */
interface InstalledAt {
	teamId: string | null;
	enterpriseId: string | null;
}

export interface Workspaces {
	/** @throws AppError `workspace_unknown` (the app is not installed there, or not any more), `slack_unavailable` */
	of(teamId: string): Promise<Workspace>;
	/** Whether something that Slack sent concerns us; one that was given up comes back to life if Slack takes its token. */
	isInstalled(at: InstalledAt): Promise<boolean>;
	/** Keeps what somebody installed. @throws AppError `slack_unavailable` */
	install(installation: NewInstallation): Promise<void>;
	/** Slack says that something ended: asks for each token of the place, and ends what is over. @throws AppError `slack_unavailable` */
	recheck(at: InstalledAt): Promise<void>;
	/** Asks Slack whether SLACK_BOT_TOKEN works, where it is set. @throws AppError `slack_unavailable` */
	check(): Promise<void>;
}

/** So long an instance may not know of what another one changed; a token that is over is noticed at its next use anyway. */
const KEEP_MS = 3_000;
/** How often Slack is asked again about what it said no to. */
const ASK_AGAIN_MS = 30_000;

interface Made {
	installation: Installation;
	workspace: Workspace;
}

/** All workspaces in which the app is installed, by SLACK_BOT_TOKEN or by their people. */
export function createWorkspaces(deps: {
	connection: SlackConnection;
	installations: InstallationStore;
	db: Db;
	enqueue: Enqueue;
	/** Left out: Slack alone says what is too much. */
	budgets?: RateBudgets;
	log: Log;
	now: () => number;
}): Workspaces {
	const { connection, installations, log, now } = deps;
	const clientOf = (token: string) => new WebClient(token, clientOptions(connection, log));
	const lifecycle = createLifecycle({ ...deps, askWho: (token) => askWhoWeAre(clientOf(token)) });
	const known = new Map<string, { untilMs: number; made: Promise<Made | null> }>();
	/** Clients and directories live longer than what is known of the row. */
	const made = new Map<string, Made>();
	const asked = new Map<string, { atMs: number; answer: Promise<boolean> }>();
	let own: Promise<string | null> | null = null;

	/** Asks now and then; in between the last answer counts, also for those who come while it is under way. */
	function askNowAndThen(what: string, ask: () => Promise<boolean>): Promise<boolean> {
		const before = asked.get(what);
		if (before !== undefined && now() - before.atMs < ASK_AGAIN_MS) return before.answer;
		const answer = ask();
		asked.set(what, { atMs: now(), answer });
		// Where Slack did not answer, whoever comes again must not be taken for one to whom it said no.
		answer.catch(() => asked.delete(what));
		return answer;
	}

	/** Where SLACK_BOT_TOKEN is good; null: nowhere. */
	let ownAt: InstalledAt | null = null;

	function tokenOf({ source, botToken, teamId, enterpriseId }: Installation): string | null {
		if (source === "oauth") return botToken;
		const isOwn = teamId === null ? ownAt?.enterpriseId === enterpriseId : ownAt?.teamId === teamId;
		return ownAt !== null && isOwn && ownAt.teamId === teamId ? connection.botToken : null;
	}

	/**
	 * The workspace of SLACK_BOT_TOKEN is one installation like the others, unless somebody installed the app there. Gives
	 * Slack's word if it does not take the token.
	 */
	async function keepOwn(token: string): Promise<string | null> {
		const who = await askWhoWeAre(clientOf(token));
		if (who.outcome === "refused") {
			await installations.endOtherSettings(null, new Date(now()));
			return who.error;
		}
		const { identity, enterpriseId, isOrganisation } = who;
		ownAt = { teamId: isOrganisation ? null : identity.teamId, enterpriseId };
		const { teamId } = ownAt;
		const before = (await installations.listOf(ownAt)).find((one) => one.teamId === teamId);
		if (before?.source === "oauth" && before.endedAt === null) return null;
		const { id } = await begin({
			teamId,
			enterpriseId,
			name: identity.teamName,
			url: identity.url,
			source: "setting",
			botToken: null,
			botUserId: identity.botUserId,
			botId: identity.botId,
			scopes: identity.scopes,
			installedBy: null,
		});
		await installations.endOtherSettings(id, new Date(now()));
		return null;
	}

	function haveOwn(): Promise<string | null> {
		if (connection.botToken === null) return Promise.resolve(null);
		own ??= keepOwn(connection.botToken).catch((error: unknown) => {
			own = null;
			throw error;
		});
		return own;
	}

	async function begin(installation: NewInstallation): Promise<{ id: string }> {
		const begun = await lifecycle.begin(installation);
		const token = installation.botToken ?? connection.botToken;
		if (installation.teamId === null && token !== null)
			await refreshTeams(installation.enterpriseId, token).catch((error: unknown) => {
				// They are asked for again when something comes from one that is not known.
				if (!(error instanceof AppError)) throw error;
				log.info({ err: error }, "the workspaces of an organisation are not known yet");
			});
		known.clear();
		return begun;
	}

	async function refreshTeams(enterpriseId: string | null, token: string): Promise<void> {
		if (enterpriseId === null) return;
		await installations.saveTeams(enterpriseId, await readOrganisationTeams(clientOf(token)));
	}

	/** A workspace that nothing is known of may have joined an organisation in which the app is installed. */
	async function findInOrganisations(teamId: string): Promise<Installation | null> {
		const organisations = (await installations.list()).filter(
			(one) => one.teamId === null && one.endedAt === null,
		);
		for (const one of organisations) {
			const token = tokenOf(one);
			if (token === null) continue;
			await askNowAndThen(`teams ${one.id}`, async () => {
				await refreshTeams(one.enterpriseId, token);
				return true;
			});
		}
		return organisations.length === 0 ? null : installations.find(teamId);
	}

	function build(installation: Installation, token: string, teamId: string): Workspace {
		const ofOrganisation = installation.teamId === null;
		const clients = createClients(connection, log, {
			token,
			teamId: ofOrganisation ? teamId : null,
			budget: deps.budgets?.of(teamId),
			async onTokenOver() {
				if (!(await lifecycle.endIfOver(installation, token, "refused"))) return;
				known.clear();
				throw unknownWorkspace(teamId);
			},
		});
		return {
			teamId,
			teamName: installation.name,
			url: installation.url,
			botUserId: installation.botUserId,
			botId: installation.botId,
			scopes: installation.scopes,
			enterpriseId: installation.enterpriseId,
			botToken: token,
			clients,
			directory: createDirectory({ client: clients.deliver, teamId: async () => teamId, now }),
		};
	}

	async function find(teamId: string): Promise<Made | null> {
		await haveOwn();
		const found = (await installations.find(teamId)) ?? (await findInOrganisations(teamId));
		if (found === null) return null;
		const token = tokenOf(found);
		const before = made.get(teamId);
		const { id, generation } = before?.installation ?? {};
		const isSame = id === found.id && generation === found.generation && before?.workspace.botToken === token;
		if (before !== undefined && isSame) {
			const same = { installation: found, workspace: before.workspace };
			made.set(teamId, same);
			return same;
		}
		if (token === null) return null;
		const fresh = { installation: found, workspace: build(found, token, teamId) };
		made.set(teamId, fresh);
		return fresh;
	}

	function look(teamId: string): Promise<Made | null> {
		const entry = known.get(teamId);
		if (entry !== undefined && entry.untilMs > now()) return entry.made;
		const looking = find(teamId);
		known.set(teamId, { untilMs: now() + KEEP_MS, made: looking });
		looking.catch(() => known.delete(teamId));
		return looking;
	}

	const listOf = async (at: InstalledAt) => {
		await haveOwn();
		const found = at.teamId === null ? null : await installations.find(at.teamId);
		const others = await installations.listOf(at);
		return found === null || others.some(({ id }) => id === found.id) ? others : [found, ...others];
	};

	return {
		async of(teamId) {
			const found = teamId === "" ? null : await look(teamId);
			if (found === null || found.installation.endedAt !== null) throw unknownWorkspace(teamId);
			return found.workspace;
		},

		async isInstalled(at) {
			if (at.teamId !== null && at.teamId !== "") {
				const found = await look(at.teamId);
				if (found?.installation.endedAt === null) return true;
			}
			const all = await listOf(at);
			const organisation = all.find(({ teamId, endedAt }) => teamId === null && endedAt === null);
			if (organisation?.enterpriseId) {
				if (at.teamId !== null) await installations.addTeam(organisation.enterpriseId, at.teamId);
				known.clear();
				return true;
			}
			for (const one of all) {
				const token = tokenOf(one);
				if (token === null || one.endedWhy !== "refused") continue;
				if (!(await askNowAndThen(`alive ${one.id}`, () => lifecycle.reviveIfGood(one, token)))) continue;
				known.clear();
				return true;
			}
			return false;
		},

		async install(installation) {
			await begin(installation);
		},

		async recheck(at) {
			for (const one of await listOf(at)) {
				const token = tokenOf(one);
				if (token === null) continue;
				const isOver = await lifecycle.endIfOver(one, token, "uninstalled");
				if (!isOver && one.teamId === null) await refreshTeams(one.enterpriseId, token);
			}
			known.clear();
		},

		async check() {
			if (connection.botToken === null) await installations.endOtherSettings(null, new Date(now()));
			const refused = await haveOwn();
			if (refused === null) return;
			const words = `Slack does not accept SLACK_BOT_TOKEN (${refused}): check it and SLACK_API_URL, or install the app again.`;
			if (!connection.oauth) throw new AppError("slack_unavailable", words);
			log.error(words);
		},
	};
}
