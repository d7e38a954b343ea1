import { type ReactNode, useId, useLayoutEffect, useRef } from "react";

/** A dialog over everything else. The browser keeps the focus inside and gives it back. */
export function Dialog(props: {
	title: ReactNode;
	onClose: () => void;
	children: ReactNode;
	before?: ReactNode;
	footer?: ReactNode;
	className?: string;
}) {
	const { onClose } = props;
	const dialog = useRef<HTMLDialogElement>(null);
	const titleId = useId();

	useLayoutEffect(() => {
		const element = dialog.current;
		element?.showModal();
		return () => element?.close();
	}, []);

	return (
		<dialog
			ref={dialog}
			className={`dialog ${props.className ?? ""}`}
			aria-labelledby={titleId}
			onCancel={(event) => {
				event.preventDefault();
				onClose();
			}}
		>
			<header className="dialog-head">
				{props.before}
				<h2 id={titleId}>{props.title}</h2>
				<button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
					✕
				</button>
			</header>
			<div className="dialog-body">{props.children}</div>
			{props.footer && <footer className="dialog-foot">{props.footer}</footer>}
		</dialog>
	);
}
