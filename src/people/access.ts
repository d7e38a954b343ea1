import type { Db } from "../db/client.ts";
import type { Permission } from "../db/schema/people.ts";
import { AppError } from "../errors.ts";
import {
	beginQuestion,
	forgetAnswers,
	type GithubAccount,
	keepAnswer,
	readAccess,
	renameAccount,
} from "./access-store.ts";
import { decideAccess, isBelieved, suffices } from "./decide-access.ts";
import { createTurnstile } from "./turnstile.ts";

const QUESTIONS_AT_ONCE = 10;
/** An answer that was forgotten while it came is asked for again, so often. */
const MOST_QUESTIONS = 3;

/** What GitHub says of an account and a repository, as the App sees it. */
type PermissionAnswer =
	/** `login`: what the account is called now. */
	| { outcome: "answered"; permission: Permission; login: string }
	| { outcome: "no_account" }
	/** Gone, or denied to the App. */
	| { outcome: "no_repository" };

/** Asks GitHub. Throws AppError where it gives no answer. */
export type ReadPermission = (
	question: GithubAccount & { owner: string; name: string; installationId: number },
) => Promise<PermissionAnswer>;

/** Who may use which repository. Every door asks here, and nobody else knows. */
export interface Access {
	/**
	 * `unlinked`: the person has no GitHub account here, and what they ask for must wait until they connect one.
	 *
	 * @throws AppError `access_unknown` (retryable) where GitHub cannot be asked, `repository_not_found` where it is gone
	 */
	permissionOf(input: { personId: string; repositoryId: string }): Promise<Permission | "unlinked">;
	/**
	 * Those of the repositories that the person may read, or change. A repository that is gone is none of them.
	 *
	 * @throws AppError `access_unknown` (retryable)
	 */
	allowed(input: { personId: string; repositoryIds: string[]; need: "read" | "write" }): Promise<Set<string>>;
	/** Drops what is known of a person, of a repository, of the two together, or of all: GitHub is asked anew. */
	forget(of: { personId?: string; repositoryId?: string }): Promise<void>;
}

export interface AccessDeps {
	db: Db;
	readPermission: ReadPermission;
	/** Brings the list of repositories up to date: GitHub does not know one of them under its name. */
	refreshRepositories: () => Promise<void>;
	/** Whether people can connect a GitHub account at all. */
	canLink: boolean;
	now: () => number;
}

export function createAccess(deps: AccessDeps): Access {
	const { db, now } = deps;
	/** One question for each person and repository at a time. */
	const asking = new Map<string, Promise<Permission>>();

	async function permissionsOf(
		personId: string,
		repositoryIds: string[],
		onGone: (error: AppError) => Permission,
	): Promise<Map<string, Permission | "unlinked">> {
		const { memberships, github, known } = await readAccess(db, personId, repositoryIds);
		const facts = { memberships, hasGithub: github !== null, canLink: deps.canLink };
		const nowMs = now();
		// For each call its own: whoever looks at a long list must not keep others waiting.
		const takeTurn = createTurnstile(QUESTIONS_AT_ONCE);
		const entries = repositoryIds.map(async (repositoryId) => {
			const decision = decideAccess({ ...facts, known: known.get(repositoryId) ?? null }, nowMs);
			if (decision.do === "answer") return [repositoryId, decision.permission] as const;
			const permission = await ask(personId, repositoryId, takeTurn).catch((error: unknown) => {
				if (error instanceof AppError && error.code === "repository_not_found") return onGone(error);
				throw error;
			});
			return [repositoryId, permission] as const;
		});
		return new Map(await Promise.all(entries));
	}

	function ask(
		personId: string,
		repositoryId: string,
		takeTurn: ReturnType<typeof createTurnstile>,
	): Promise<Permission> {
		const key = `${personId} ${repositoryId}`;
		const asked = asking.get(key);
		if (asked !== undefined) return asked;
		const question = takeTurn(() => askUntilKept(personId, repositoryId)).finally(() => {
			if (asking.get(key) === question) asking.delete(key);
		});
		asking.set(key, question);
		return question;
	}

	async function askUntilKept(personId: string, repositoryId: string): Promise<Permission> {
		let hasRefreshed = false;
		for (let questions = 0; questions < MOST_QUESTIONS; questions++) {
			// Counted from the question: the answer may be as old as that.
			const at = new Date(now());
			const { account, repository, row } = await beginQuestion(db, personId, repositoryId);
			if (repository === null || row === null) throw gone();
			if (account === null) throw unknown();
			if (isBelieved(row, now())) return row.permission;
			const answer = await deps.readPermission({ ...account, ...repository }).catch((cause: unknown) => {
				throw cause instanceof AppError ? unknown(cause) : cause;
			});
			if (answer.outcome === "no_repository") {
				if (hasRefreshed) throw gone();
				hasRefreshed = true;
				await deps.refreshRepositories();
				continue;
			}
			const permission = answer.outcome === "answered" ? answer.permission : "none";
			if (answer.outcome === "answered" && answer.login !== account.login)
				await renameAccount(db, { ...account, login: answer.login }, new Date(now()));
			const { githubId } = account;
			if (await keepAnswer(db, { rowId: row.id, personId, repositoryId, githubId, permission, at }))
				return permission;
		}
		throw unknown();
	}

	return {
		async permissionOf({ personId, repositoryId }) {
			const permissions = await permissionsOf(personId, [repositoryId], (error) => {
				throw error;
			});
			return permissions.get(repositoryId) ?? "none";
		},
		async allowed({ personId, repositoryIds, need }) {
			const permissions = await permissionsOf(personId, [...new Set(repositoryIds)], () => "none");
			const enough = [...permissions].filter(([, permission]) => suffices(permission, need));
			return new Set(enough.map(([repositoryId]) => repositoryId));
		},
		async forget(of) {
			// What is being asked now may have been answered before: whoever asks from here on does not share it.
			for (const key of asking.keys()) {
				const [personId, repositoryId] = key.split(" ");
				const isOfPerson = of.personId === undefined || of.personId === personId;
				if (isOfPerson && (of.repositoryId === undefined || of.repositoryId === repositoryId))
					asking.delete(key);
			}
			await forgetAnswers(db, of);
		},
	};
}

function unknown(cause?: AppError): AppError {
	return new AppError(
		"access_unknown",
		"GitHub cannot be asked just now whether you may use this repository, so I wait. Try again in a minute.",
		{ retryable: true, cause },
	);
}

function gone(): AppError {
	return new AppError(
		"repository_not_found",
		"The repository cannot be read any more: it is gone, or Bobbin's GitHub App has no access to it. Grant it there and try again, or name the repository in a new thread.",
		{ retryable: true },
	);
}
