import type { Suggestion } from "./completion.ts";

/** What could be meant by the word that is being typed. The keys are handled by the field. */
export function CompletionList(props: {
	id: string;
	suggestions: Suggestion[];
	at: number;
	onChoose: (suggestion: Suggestion) => void;
}) {
	return (
		<div className="completion" id={props.id} role="listbox" aria-label="Suggestions">
			{props.suggestions.map((suggestion, index) => (
				<button
					key={suggestion.key}
					id={`${props.id}-${index}`}
					type="button"
					role="option"
					tabIndex={-1}
					aria-selected={index === props.at}
					className={`option ${index === props.at ? "is-at" : ""}`}
					// Before the field loses the focus.
					onPointerDown={(event) => {
						event.preventDefault();
						props.onChoose(suggestion);
					}}
				>
					<span>
						<span className="completion-sign">{suggestion.sign}</span> <strong>{suggestion.label}</strong>{" "}
						<span className="quiet">{suggestion.detail}</span>
					</span>
				</button>
			))}
		</div>
	);
}
