import { randomUUID } from "node:crypto";
import { createGithubStore } from "../../src/github/store.ts";
import { createAccess } from "../../src/people/access.ts";
import { readCatalogueFor, searchRepositories } from "../../src/sessions/routing/repository-store.ts";
import { manyRepositories, saveManyRepositories } from "../harness/many-repositories.ts";
import type { BenchPostgres } from "./bench-postgres.ts";
import type { Row } from "./row.ts";

const COUNT = 10_000;
const SHORTLIST = "10,000 repositories: the shortlist for a message";
const SEARCH = "10,000 repositories: a search in the picker";
const SAVE = "10,000 repositories: a list of GitHub's is kept";
const KNOWN = "who may use 100 repositories, as GitHub said";
export const CATALOGUE_ROWS = [SHORTLIST, SEARCH, SAVE, KNOWN];

const MESSAGE =
	"The rounding of the cart total in checkout is off by one cent when two vouchers are used, see the log of docs-worker-1234. Customers complain since the deploy on Tuesday; the invoice report shows another sum than the cart, and the api gateway logs a timeout in the ledger service before it.";

/** What a large installation costs where people wait for it. */
export async function measureCatalogue(postgres: BenchPostgres, runs: number): Promise<Row[]> {
	const database = await postgres.createDatabase("bench_catalogue");
	const { db } = database;
	await saveManyRepositories(db, COUNT);
	const personId = randomUUID();
	await db.insertInto("people").values({ id: personId, name: "Mia", email: null }).execute();
	const account = { provider: "github" as const, tenant: "", external_id: "1", person_id: personId };
	await db
		.insertInto("identities")
		.values({ ...account, name: "mia", email: null })
		.execute();
	const access = createAccess({
		db,
		readPermission: async () => ({ outcome: "answered", permission: "write", login: "mia" }),
		refreshRepositories: async () => {},
		canLink: true,
		now: Date.now,
	});
	const shortlist = () => readCatalogueFor(db, { evidence: [MESSAGE], wantedIds: [] });
	const repositoryIds = (await shortlist()).repositories.map(({ id }) => id);
	const know = () => access.allowed({ personId, repositoryIds, need: "read" });
	await know();
	const rows: Row[] = [
		{ name: SHORTLIST, unit: "ms", target: 150, samples: await time(runs, shortlist) },
		{
			name: SEARCH,
			unit: "ms",
			target: 100,
			samples: await time(runs, () => searchRepositories(db, { query: "cart", limit: 50, offset: 0 })),
		},
		{ name: KNOWN, unit: "ms", target: 20, samples: await time(runs, know) },
		{
			name: SAVE,
			unit: "ms",
			target: null,
			samples: await time(Math.min(runs, 3), () =>
				createGithubStore(db).saveRepositories(manyRepositories(COUNT), randomUUID),
			),
		},
	];
	await database.close();
	return rows;
}

async function time(runs: number, act: () => Promise<unknown>): Promise<number[]> {
	const samples: number[] = [];
	for (let run = 0; run < runs; run++) {
		const begun = performance.now();
		await act();
		samples.push(performance.now() - begun);
	}
	return samples;
}
