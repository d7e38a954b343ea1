/** What this page cannot draw: it says so, and shows what it is. */
export function UnknownBlock({ block }: { block: unknown }) {
	const type =
		typeof block === "object" && block !== null && "type" in block ? String(block.type) : typeof block;
	return (
		<details className="unknown-block">
			<summary>
				The playground does not draw <code>{type}</code>
			</summary>
			<pre>{JSON.stringify(block, null, 2)}</pre>
		</details>
	);
}
