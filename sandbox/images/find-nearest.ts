/** The known word that was most likely meant; undefined where none is near. */
export function findNearest(word: string, known: readonly string[]): string | undefined {
	const [nearest] = known
		.map((candidate) => ({ candidate, distance: countEdits(word.toLowerCase(), candidate) }))
		.filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 3)))
		.sort((a, b) => a.distance - b.distance);
	return nearest?.candidate ?? known.find((candidate) => startsAlike(word.toLowerCase(), candidate));
}

/** Letters put in, left out, exchanged for another, or swapped with their neighbour. */
function countEdits(from: string, to: string): number {
	const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, column) => column)];
	for (let row = 1; row <= from.length; row++) {
		const line = [row];
		for (let column = 1; column <= to.length; column++) {
			const same = from[row - 1] === to[column - 1];
			const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
			line.push(
				Math.min(
					(line[column - 1] ?? 0) + 1,
					(rows[row - 1]?.[column] ?? 0) + 1,
					(rows[row - 1]?.[column - 1] ?? 0) + (same ? 0 : 1),
					swapped ? (rows[row - 2]?.[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
				),
			);
		}
		rows.push(line);
	}
	return rows[from.length]?.[to.length] ?? 0;
}

const startsAlike = (word: string, candidate: string) =>
	word.length >= 3 && (candidate.startsWith(word) || word.startsWith(candidate));
