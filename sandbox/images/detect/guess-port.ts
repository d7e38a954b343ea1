// The default ports of servers, by how they are called.
const DEFAULTS: [RegExp, number][] = [
	[/\bvite preview\b/, 4173],
	[/\bvite\b(?!\s+build)/, 5173],
	[/\bnext\b/, 3000],
	[/\bnuxt\b|\bnuxi\b/, 3000],
	[/\breact-scripts start\b|\bremix(-serve)?\b|\breact-router-serve\b/, 3000],
	[/\bastro\b/, 4321],
	[/\bng serve\b/, 4200],
	[/\bgatsby develop\b/, 8000],
	[/\bdocusaurus start\b/, 3000],
	[/\bstorybook dev\b/, 6006],
];

/** The port that a start script names or that its server takes; undefined: it is looked for when it runs. */
export function guessPort(script: string): number | undefined {
	const named = /(?:--port[= ]|-p |\bPORT=)(\d{2,5})\b/.exec(script)?.[1];
	const port = named === undefined ? DEFAULTS.find(([server]) => server.test(script))?.[1] : Number(named);
	return port !== undefined && port <= 65_535 ? port : undefined;
}
