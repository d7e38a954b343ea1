import { type ReactNode, useEffect, useRef } from "react";

export interface MenuItem {
	key: string;
	label: ReactNode;
	detail?: string;
	danger?: boolean;
	onChoose: () => void;
}

/** A list of things to do, used with the arrow keys, Enter or the mouse. */
export function Menu({ label, items }: { label: string; items: MenuItem[] }) {
	const list = useRef<HTMLDivElement>(null);
	const buttons = () => [...(list.current?.querySelectorAll<HTMLElement>('[role="menuitem"]') ?? [])];

	useEffect(() => {
		list.current?.querySelector<HTMLElement>('[role="menuitem"]')?.focus({ preventScroll: true });
	}, []);

	return (
		<div
			ref={list}
			className="menu"
			role="menu"
			tabIndex={-1}
			aria-label={label}
			onKeyDown={(event) => {
				const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
				if (step === 0) return;
				event.preventDefault();
				const all = buttons();
				const at = all.indexOf(document.activeElement as HTMLElement);
				all[(at + step + all.length) % all.length]?.focus();
			}}
		>
			{items.map((item) => (
				<button
					key={item.key}
					type="button"
					role="menuitem"
					className={`menu-item ${item.danger ? "is-danger" : ""}`}
					onClick={item.onChoose}
				>
					<span>{item.label}</span>
					{item.detail && <small>{item.detail}</small>}
				</button>
			))}
		</div>
	);
}
