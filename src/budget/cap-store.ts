import { sql } from "kysely";
import type { BudgetScope, CapChoice } from "../contract/budget.ts";
import type { Tx } from "../db/client.ts";

interface CapRow {
	isSet: boolean;
	/** null: none. */
	capUsd: number | null;
	spentUsd: number;
	/** What was added when it was reached, this month where it is one of months. */
	raisedUsd: number;
}

/** One cap with what counts against it. */
export async function readCapRow(
	tx: Tx,
	of: { scope: BudgetScope; subject: string; month: string },
): Promise<CapRow> {
	const { scope, subject } = of;
	const month = scope === "prompt" || scope === "session" ? "" : of.month;
	const spent = spentOf(of);
	const { rows } = await sql<CapRow>`
		select c.scope is not null as "isSet", c.cap_usd as "capUsd",
			coalesce((${spent}), 0) as "spentUsd",
			coalesce((
				select sum(raised_usd) from budget_stops
				where scope = ${scope} and subject = ${subject} and month = ${month}
					and (c.at is null or decided_at > c.at)
			), 0) as "raisedUsd"
		from (select 1) one
		left join budget_caps c on c.scope = ${scope} and c.subject = ${subject}
	`.execute(tx);
	const [row] = rows;
	if (!row) throw new Error("a select without a table gave no row");
	return row;
}

function spentOf({ scope, subject, month }: { scope: BudgetScope; subject: string; month: string }) {
	switch (scope) {
		case "prompt":
			return sql`select sum(cost_usd) from model_calls where prompt_id = ${subject}::uuid`;
		case "session":
			return sql`select sum(cost_usd) from model_calls where session_id = ${subject}::uuid`;
		case "person":
		case "channel":
		case "workspace":
			return sql`
				select spent_usd from budget_months
				where scope = ${scope} and subject = ${subject} and month = ${month}`;
		default:
			return scope satisfies never;
	}
}

/** Where the work of a prompt or session is done; null: nowhere, or it is a cap of something else. */
export async function findRepositoryOf(
	tx: Tx,
	{ scope, subject }: { scope: BudgetScope; subject: string },
): Promise<string | null> {
	if (scope !== "prompt" && scope !== "session") return null;
	const row = await tx
		.selectFrom("sessions")
		.select("repository_id")
		.$if(scope === "session", (query) => query.where("id", "=", subject))
		.$if(scope === "prompt", (query) =>
			query.where("id", "=", (eb) => eb.selectFrom("prompts").select("session_id").where("id", "=", subject)),
		)
		.executeTakeFirst();
	return row?.repository_id ?? null;
}

/** What was added to a cap before it is set counts no more; `default` forgets what was set. */
export async function saveCap(
	tx: Tx,
	set: { scope: BudgetScope; subject: string; cap: CapChoice; personId: string | null; at: Date },
): Promise<void> {
	const { scope, subject, cap, personId, at } = set;
	if (cap === "default") {
		await tx.deleteFrom("budget_caps").where("scope", "=", scope).where("subject", "=", subject).execute();
		return;
	}
	const values = { cap_usd: cap === "none" ? null : cap, set_by: personId, at };
	await tx
		.insertInto("budget_caps")
		.values({ scope, subject, ...values })
		.onConflict((conflict) => conflict.columns(["scope", "subject"]).doUpdateSet(values))
		.execute();
}
