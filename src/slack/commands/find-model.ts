/** Pure. The model that somebody names, by its whole name or by a part that only one has; null: none or several. */
export function findModel(models: readonly string[], name: string): string | null {
	const wanted = name.trim().toLowerCase();
	if (wanted === "") return null;
	const exact = models.find((model) => model.toLowerCase() === wanted);
	if (exact !== undefined) return exact;
	const [found, ...others] = models.filter((model) => model.toLowerCase().includes(wanted));
	return found !== undefined && others.length === 0 ? found : null;
}
