/** Pure. What a link to GitHub is about, whatever it points to in there; null: it is no link into a repository. */
export function toRepositoryName(url: string): { owner: string; name: string } | null {
	if (!URL.canParse(url)) return null;
	const [owner = "", name = ""] = new URL(url).pathname.split("/").slice(1);
	const bare = name.replace(/\.git$/, "");
	return /^[\w.-]+$/.test(owner) && /^[\w.-]+$/.test(bare) ? { owner, name: bare } : null;
}
