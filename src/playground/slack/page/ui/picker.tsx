import { useEffect, useId, useRef, useState } from "react";
import type { Option, OptionGroup } from "../blocks/scope.ts";
import { CallError } from "../state/client.ts";
import { explain } from "../state/explain.ts";
import { Text } from "../text/text-object.tsx";
import { Icon } from "./icon.tsx";
import { Popup } from "./popup.tsx";
import { useToggle } from "./use-toggle.ts";

const TYPING_PAUSE_MS = 200;

/** A field that opens a list with a search, for one choice or several. */
export function Picker(props: {
	id?: string | undefined;
	placeholder: string;
	chosen: Option[];
	isMulti: boolean;
	/** How many may be chosen. */
	max: number;
	isDisabled: boolean;
	/** Shown while the search has fewer than `hintBelow` characters. */
	hint: string | null;
	hintBelow: number;
	load: (query: string) => Promise<OptionGroup[]>;
	onChange: (chosen: Option[]) => void;
}) {
	const { chosen, isMulti } = props;
	const { isOpen, anchor, close, toggle } = useToggle();

	function choose(option: Option): void {
		const without = chosen.filter((one) => one.value !== option.value);
		if (!isMulti) {
			props.onChange([option]);
			close();
			anchor.current?.focus();
		} else if (without.length < chosen.length) props.onChange(without);
		else if (chosen.length < props.max) props.onChange([...chosen, option]);
	}

	return (
		<>
			<button
				ref={anchor}
				id={props.id}
				type="button"
				className="picker"
				aria-haspopup="listbox"
				aria-expanded={isOpen}
				disabled={props.isDisabled}
				onClick={toggle}
			>
				<span className={chosen.length === 0 ? "picker-empty" : "picker-chosen"}>
					{chosen.length === 0
						? props.placeholder
						: chosen.map((option, index) => (
								<span key={option.value ?? index} className={isMulti ? "picker-chip" : ""}>
									<Text of={option.text} />
								</span>
							))}
				</span>
				<Icon name="down" size={14} />
			</button>
			{isOpen && (
				<Popup anchor={anchor} onClose={close} className="popup-list">
					<OptionList {...props} onChoose={choose} />
				</Popup>
			)}
		</>
	);
}

function OptionList(props: {
	placeholder: string;
	chosen: Option[];
	isMulti: boolean;
	hint: string | null;
	hintBelow: number;
	load: (query: string) => Promise<OptionGroup[]>;
	onChoose: (option: Option) => void;
}) {
	const [query, setQuery] = useState("");
	const [at, setAt] = useState(0);
	const { groups, trouble } = useOptions(query, props.load);
	const listId = useId();
	const list = useRef<HTMLDivElement>(null);
	const search = useRef<HTMLInputElement>(null);
	const flat = (groups ?? []).flatMap((group) => group.options);

	useEffect(() => search.current?.focus({ preventScroll: true }), []);
	useEffect(() => {
		list.current?.querySelector(`[data-at="${at}"]`)?.scrollIntoView({ block: "nearest" });
	}, [at]);

	function empty(): string | null {
		if (trouble !== null) return trouble;
		if (props.hint !== null && query.length < props.hintBelow) return props.hint;
		if (groups === null) return "Loading…";
		return flat.length === 0 ? "No results" : null;
	}

	return (
		<>
			<input
				ref={search}
				className="text-input"
				role="combobox"
				aria-expanded="true"
				aria-controls={listId}
				aria-activedescendant={flat.length > 0 ? `${listId}-${at}` : undefined}
				aria-label={props.placeholder}
				placeholder="Search"
				value={query}
				onChange={(event) => {
					setQuery(event.target.value);
					setAt(0);
				}}
				onKeyDown={(event) => {
					const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
					if (step !== 0) setAt((at + step + flat.length) % Math.max(1, flat.length));
					const option = flat[at];
					if (event.key === "Enter" && option !== undefined) props.onChoose(option);
					if (step !== 0 || event.key === "Enter") event.preventDefault();
				}}
			/>
			<div ref={list} id={listId} className="option-list" role="listbox" aria-multiselectable={props.isMulti}>
				{empty() !== null && <p className="quiet option-none">{empty()}</p>}
				{(groups ?? []).map((group, index) => (
					<div key={group.label ?? index}>
						{group.label && <p className="option-group">{group.label}</p>}
						{group.options.map((option) => {
							const index = flat.indexOf(option);
							const isChosen = props.chosen.some((one) => one.value === option.value);
							return (
								<button
									key={option.value ?? index}
									id={`${listId}-${index}`}
									data-at={index}
									type="button"
									role="option"
									tabIndex={-1}
									aria-selected={isChosen}
									className={`option ${index === at ? "is-at" : ""}`}
									onPointerEnter={() => setAt(index)}
									onClick={() => props.onChoose(option)}
								>
									<span>
										<Text of={option.text} />
										{option.description && <small>{option.description.text}</small>}
									</span>
									{isChosen && <span aria-hidden="true">✓</span>}
								</button>
							);
						})}
					</div>
				))}
			</div>
		</>
	);
}

/** The options for what was typed, asked for when the typing pauses. Null while nothing has come. */
function useOptions(query: string, load: (query: string) => Promise<OptionGroup[]>) {
	const [groups, setGroups] = useState<OptionGroup[] | null>(null);
	const [trouble, setTrouble] = useState<string | null>(null);
	const latest = useRef(load);
	latest.current = load;

	useEffect(() => {
		let isCurrent = true;
		const pause = setTimeout(
			() => {
				latest.current(query).then(
					(found) => {
						if (!isCurrent) return;
						setGroups(found);
						setTrouble(null);
					},
					(error: unknown) => {
						if (!(error instanceof CallError)) throw error;
						if (!isCurrent) return;
						setGroups([]);
						setTrouble(explain(error));
					},
				);
			},
			query === "" ? 0 : TYPING_PAUSE_MS,
		);
		return () => {
			isCurrent = false;
			clearTimeout(pause);
		};
	}, [query]);
	return { groups, trouble };
}
