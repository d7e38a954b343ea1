import { z } from "zod";

const text = z.string().optional().catch(undefined);
const names = z.record(z.string(), z.unknown()).optional().catch(undefined);
const packageSchema = z.object({
	scripts: z.record(z.string(), z.string().catch("")).default({}).catch({}),
	packageManager: text,
	engines: z.object({ node: text }).default({}).catch({}),
	volta: z.object({ node: text }).default({}).catch({}),
	dependencies: names,
	devDependencies: names,
	optionalDependencies: names,
	workspaces: z.unknown().optional(),
});

export type Package = z.infer<typeof packageSchema>;

/** null: it is not JSON, or not that of a package. A file that was not read says nothing. */
export function readPackage(json: string | undefined): Package | null {
	if (json === undefined) return packageSchema.parse({});
	try {
		return packageSchema.parse(JSON.parse(json));
	} catch (error) {
		if (error instanceof SyntaxError || error instanceof z.ZodError) return null;
		throw error;
	}
}
