import { AppError } from "../../errors.ts";

/** How large a repository may be, by what GitHub says: its whole history on GitHub's disk. */
export interface RepositoryLimits {
	/** Larger ones are refused. */
	maxKib: number;
	/** Of larger ones only today's files are fetched; older versions come when git asks for them. */
	wholeKib: number;
}

export const REPOSITORY_LIMITS: RepositoryLimits = { maxKib: 10 * 1024 * 1024, wholeKib: 512 * 1024 };

export interface RepositoryAddress {
	owner: string;
	name: string;
}

export interface RepositoryState {
	archived: boolean;
	/** Since when it is gone or not ours to read; null: it is there. */
	removed_at: Date | null;
	/** null: GitHub was not asked. */
	size_kib: number | null;
}

/** Pure: why a repository cannot be worked on now; null: it can. */
export function findTrouble(
	repository: RepositoryAddress & Partial<RepositoryState>,
	{ maxKib }: RepositoryLimits,
): AppError | null {
	const name = `${repository.owner}/${repository.name}`;
	if (repository.removed_at) {
		return new AppError(
			"repository_not_found",
			`${name} cannot be read any more: it is gone, or Bobbin's GitHub App has no access to it. Grant it there and try again, or name the repository in a new thread.`,
			{ retryable: true },
		);
	}
	if (repository.archived) {
		return new AppError(
			"repository_archived",
			`${name} is archived at GitHub, so nothing can be changed there. Unarchive it there and try again, or name another repository in a new thread.`,
			{ retryable: true },
		);
	}
	if ((repository.size_kib ?? 0) > maxKib) {
		return new AppError(
			"repository_too_large",
			`${name} is too large for a sandbox here: ${toSizeWords(repository.size_kib ?? 0)} at GitHub, the limit is ${toSizeWords(maxKib)}. Whoever runs Bobbin can raise REPOSITORY_MAX_MIB; then try again.`,
			{ retryable: true },
		);
	}
	return null;
}

/** The same in one short line, for who names such a repository in a request. */
export function toUnusableWords({
	owner,
	name,
	removed_at,
}: RepositoryAddress & Pick<RepositoryState, "removed_at">): string {
	return removed_at === null
		? `${owner}/${name} is archived at GitHub, so nothing can be changed there. Unarchive it there and ask again.`
		: `${owner}/${name} is not mine to read: it is gone, or Bobbin's GitHub App has no access to it. Grant it there and ask again.`;
}

/** "210 MB", "5.0 GB". */
export function toSizeWords(kib: number): string {
	const mib = kib / 1024;
	return mib < 1024 ? `${Math.max(1, Math.round(mib))} MB` : `${(mib / 1024).toFixed(1)} GB`;
}
