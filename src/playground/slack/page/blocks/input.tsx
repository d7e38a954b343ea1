import type { InputBlock } from "@slack/types";
import { useId } from "react";
import { Plain } from "../text/plain.tsx";
import { Element } from "./elements/element.tsx";
import { useBlockScope } from "./scope.ts";

export function Input({ block }: { block: InputBlock }) {
	const { errors } = useBlockScope();
	const id = useId();
	const error = errors[block.block_id ?? ""];
	return (
		<div className={`block-input ${error ? "has-error" : ""}`}>
			<label htmlFor={id}>
				<Plain text={block.label.text} /> {block.optional && <small>(optional)</small>}
			</label>
			<Element
				element={block.element}
				blockId={block.block_id ?? ""}
				dispatches={block.dispatch_action ?? false}
				id={id}
			/>
			{error && (
				<p className="input-error" role="alert">
					⚠ {error}
				</p>
			)}
			{block.hint && (
				<p className="input-hint">
					<Plain text={block.hint.text} />
				</p>
			)}
		</div>
	);
}
