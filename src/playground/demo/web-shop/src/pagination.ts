export interface Page<T> {
	items: T[];
	/** From 1. */
	page: number;
	pageCount: number;
	total: number;
}

/** Cuts one page out of a list. A page outside the list becomes the nearest one that exists. */
export function paginate<T>(list: readonly T[], page: number, pageSize: number): Page<T> {
	const pageCount = Math.floor(list.length / pageSize) + 1;
	const current = Math.min(Math.max(1, Math.trunc(page) || 1), pageCount);
	const start = (current - 1) * pageSize;
	return { items: list.slice(start, start + pageSize), page: current, pageCount, total: list.length };
}
