/** A demo repository as the scripted agent recognises it: by a file, never by its name. */
export interface Project {
	marker: string;
	testCommand: string;
}

const PROJECTS: readonly Project[] = [
	{ marker: "src/routes.ts", testCommand: 'node --test --test-isolation=none "test/**/*.test.ts"' },
	{ marker: "pricing/tiers.py", testCommand: "python3 -m unittest discover -s tests -t ." },
	{ marker: "scripts/check-links.mjs", testCommand: 'node --test "test/**/*.test.mjs"' },
];

export function findProject(files: readonly string[]): Project | null {
	return PROJECTS.find((project) => files.includes(project.marker)) ?? null;
}
