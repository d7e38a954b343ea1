import { z } from "zod";

/** What can run inside a sandbox beside the repository's own programs. */
export const SERVICES = ["postgres", "redis"] as const;
export type Service = (typeof SERVICES)[number];

/** Programs whose version a recipe may ask for. */
export const TOOLS = ["node", "python", "go", "java", "ruby", "rust"] as const;
export type Tool = (typeof TOOLS)[number];

const command = z.string().trim().min(1).max(10_000);
const commands = z.preprocess(
	(value) => (typeof value === "string" ? [value] : (value ?? [])),
	z.array(command).max(50),
);
const version = z.preprocess(
	(value) => (typeof value === "number" ? String(value) : value),
	z.string().trim().min(1).max(50),
);
const directory = z
	.string()
	.trim()
	.max(500)
	.regex(/^(?!\/)(?!.*\0)[^\\]*$/, "must be a path inside the repository")
	.refine((path) => !path.split("/").includes(".."), "must be a path inside the repository")
	.transform(
		(path) =>
			path
				.split("/")
				.filter((part) => part !== "" && part !== ".")
				.join("/") || ".",
	);

/** What `.bobbin.yml` may say. A key that is absent is found from the repository's files. */
export const writtenRecipeSchema = z.strictObject({
	/** What the repository is, in a sentence; and what belongs there. Both help to choose it for a thread. */
	description: z.string().max(2000).exactOptional(),
	hints: z.string().max(5000).exactOptional(),
	/** Where commands run, from the repository's root. */
	directory: directory.exactOptional(),
	tools: z.partialRecord(z.enum(TOOLS), version).exactOptional(),
	services: z
		.array(z.enum(SERVICES))
		.max(10)
		.transform((names) => [...new Set(names)])
		.exactOptional(),
	env: z
		.record(
			// The others would change how the sandbox itself works.
			z.string().regex(/^(?!(PATH|HOME)$|BOBBIN_|OPENCODE_|LD_)[A-Za-z_][A-Za-z0-9_]*$/),
			z.preprocess(
				(value) => (typeof value === "number" || typeof value === "boolean" ? String(value) : value),
				z.string().max(10_000),
			),
		)
		.exactOptional(),
	setup: commands.exactOptional(),
	build: commands.exactOptional(),
	test: commands.exactOptional(),
	start: command.nullable().exactOptional(),
	ports: z.array(z.int().min(1).max(65_535)).max(20).exactOptional(),
});

export type WrittenRecipe = z.infer<typeof writtenRecipeSchema>;

/** All that is needed to build: what people wrote, completed with what was found. */
export type Recipe = Required<WrittenRecipe>;

export const EMPTY_RECIPE: Recipe = {
	description: "",
	hints: "",
	directory: ".",
	tools: {},
	services: [],
	env: {},
	setup: [],
	build: [],
	test: [],
	start: null,
	ports: [],
};
