import type { BudgetScope } from "../../contract/budget.ts";
import type { Nullable, NullableTimestamp, Timestamp } from "./columns.ts";

interface BudgetCapsTable {
	scope: BudgetScope;
	subject: string;
	/** null: no cap. */
	cap_usd: number | null;
	set_by: string | null;
	at: Timestamp;
}

interface BudgetMonthsTable {
	scope: BudgetScope;
	subject: string;
	/** UTC, such as 2026-11. */
	month: string;
	spent_usd: number;
}

/** A model call that was refused because a cap was reached, and what people said to it. */
interface BudgetStopsTable {
	id: string;
	session_id: string;
	prompt_id: string;
	attempt: number;
	scope: BudgetScope;
	subject: string;
	/** Empty for prompts and sessions. */
	month: string;
	spent_usd: number;
	cap_usd: number;
	offer_usd: number;
	at: Timestamp;
	/** Since when the prompt is paused; null: its turn has not noticed yet. */
	asked_at: NullableTimestamp;
	decided_at: NullableTimestamp;
	decided_by: Nullable<string>;
	/** What was added to the cap; null: nobody let it go on. */
	raised_usd: Nullable<number>;
}

interface ModelCallsTable {
	id: string;
	/** Null: what was judged belongs to none. */
	session_id: string | null;
	prompt_id: string | null;
	model: string;
	input_tokens: number;
	output_tokens: number;
	cache_read_tokens: number;
	cache_write_tokens: number;
	cost_usd: number;
	started_at: Timestamp;
	first_token_ms: number | null;
	duration_ms: number;
}

export interface SpendingSchema {
	model_calls: ModelCallsTable;
	budget_caps: BudgetCapsTable;
	budget_months: BudgetMonthsTable;
	budget_stops: BudgetStopsTable;
}
