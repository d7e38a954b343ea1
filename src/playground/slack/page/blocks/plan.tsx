import type { PlanBlock, TaskCardBlock } from "@slack/types";
import { ExternalLink } from "../text/external-link.tsx";
import { Plain } from "../text/plain.tsx";
import { RichText } from "./rich-text.tsx";

const SIGNS = { pending: "○", in_progress: "◐", complete: "✓", error: "!" };
const WORDS = { pending: "waiting", in_progress: "in progress", complete: "done", error: "failed" };

/** A list of tasks under a title. */
export function Plan({ block }: { block: PlanBlock }) {
	return (
		<section className="block-plan">
			<strong>
				<Plain text={block.title} />
			</strong>
			{(block.tasks ?? []).map((task, index) => (
				<TaskCard key={"task_id" in task ? String(task.task_id) : index} task={task as TaskCardBlock} />
			))}
		</section>
	);
}

export function TaskCard({ task }: { task: TaskCardBlock }) {
	return (
		<div className={`task task-${task.status}`}>
			<span className="task-sign" role="img" aria-label={WORDS[task.status]}>
				{SIGNS[task.status]}
			</span>
			<div>
				<Plain text={task.title} />
				{task.details && (
					<div className="quiet">
						<RichText block={task.details} />
					</div>
				)}
				{task.output && (
					<div className="quiet">
						<RichText block={task.output} />
					</div>
				)}
				{task.sources?.map((source) => (
					<div key={source.url}>
						<ExternalLink url={source.url}>{source.text}</ExternalLink>
					</div>
				))}
			</div>
		</div>
	);
}
