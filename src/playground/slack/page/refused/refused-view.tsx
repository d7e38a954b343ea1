import { useEffect } from "react";
import { useDesk, useLive } from "../state/desk.ts";
import { useAttempt } from "../state/use-attempt.ts";
import { RefusalCard } from "./refusal-card.tsx";

/** Every call and answer of the app that Slack would have refused, the newest first. */
export function RefusedView() {
	const { store, workspace } = useDesk();
	const attempt = useAttempt();
	const refusals = useLive(store, (state) => state.refusals);
	useEffect(() => void store.loadRefusals(), [store]);

	return (
		<section className="conversation" aria-label="What the app did wrong">
			<header className="conversation-head">
				<h1>What the app did wrong</h1>
				<p className="topic">Calls and answers of {workspace.app.name} that Slack would have refused</p>
				{refusals !== null && refusals.length > 0 && (
					<button type="button" className="button" onClick={() => void attempt(store.clearRefusals)}>
						Clear
					</button>
				)}
			</header>
			<div className="refusals">
				{refusals?.length === 0 && <p className="nothing">🎉 Nothing. Every call was accepted.</p>}
				{refusals?.map((refusal) => (
					<RefusalCard key={refusal.id} refusal={refusal} />
				))}
			</div>
		</section>
	);
}
