import type { App } from "@octokit/app";
import { AppError } from "../errors.ts";
import type { RepositoryAddress } from "./github.ts";
import { askGithub, readStatus } from "./github-error.ts";

const LEFT_AT_LEAST_MS = 5 * 60 * 1000;

interface Token {
	token: string;
	expiresAtMs: number;
}

type TokenInput = RepositoryAddress & { permissions: Record<string, "read" | "write"> };

export interface InstallationTokens {
	get(input: TokenInput): Promise<Token>;
	/** Drops what is kept of a repository: GitHub did not take a token, or the App was installed anew. */
	forget(address: RepositoryAddress): void;
}

/** Tokens for one repository each. Calls for the same token at the same time share one request. */
export function createInstallationTokens(deps: {
	app: App["octokit"];
	now: () => number;
}): InstallationTokens {
	const { app, now } = deps;
	const installations = new Map<string, Promise<number>>();
	const tokens = new Map<string, Promise<Token>>();
	const nameOf = ({ owner, name }: RepositoryAddress) => `${owner}/${name}`.toLowerCase();

	function findInstallation(address: RepositoryAddress): Promise<number> {
		return keep(installations, nameOf(address), () =>
			askGithub(`looking for the App on ${address.owner}/${address.name}`, async () => {
				const { data } = await app.request("GET /repos/{owner}/{repo}/installation", {
					owner: address.owner,
					repo: address.name,
				});
				return data.id;
			}),
		);
	}

	async function request(input: TokenInput): Promise<Token> {
		const installationId = await findInstallation(input);
		try {
			return await askGithub(`a token for ${input.owner}/${input.name}`, async () => {
				const { data } = await app.request("POST /app/installations/{installation_id}/access_tokens", {
					installation_id: installationId,
					repositories: [input.name],
					permissions: input.permissions,
				});
				return { token: data.token, expiresAtMs: Date.parse(data.expires_at) };
			});
		} catch (error) {
			// The App was taken off and installed again: the number is another one.
			if (readStatus(error) === 404 || readStatus(error) === 422) installations.delete(nameOf(input));
			// GitHub's word for a repository that was renamed, is gone or was denied to the App.
			if (readStatus(error) === 422) {
				throw new AppError(
					"repository_not_found",
					`GitHub gives the App no token for ${input.owner}/${input.name}: it was renamed, is gone, or the App has no access to it.`,
					{ cause: error },
				);
			}
			throw error;
		}
	}

	return {
		async get(input) {
			const permissions = Object.entries(input.permissions).sort(([a], [b]) => a.localeCompare(b));
			const key = `${nameOf(input)} ${JSON.stringify(permissions)}`;
			const known = keep(tokens, key, () => request(input));
			const kept = await known;
			if (kept.expiresAtMs - now() > LEFT_AT_LEAST_MS) return kept;
			// Another call may have begun to ask for the next one.
			if (tokens.get(key) === known) tokens.delete(key);
			return keep(tokens, key, () => request(input));
		},
		forget(address) {
			installations.delete(nameOf(address));
			for (const key of tokens.keys()) {
				if (key.startsWith(`${nameOf(address)} `)) tokens.delete(key);
			}
		},
	};
}

/** The kept promise of a key, or a new one. A failure is not kept. */
function keep<T>(kept: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
	const found = kept.get(key);
	if (found !== undefined) return found;
	const made = make();
	kept.set(key, made);
	made.catch(() => {
		if (kept.get(key) === made) kept.delete(key);
	});
	return made;
}
