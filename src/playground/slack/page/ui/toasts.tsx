/** Short sentences at the bottom, for a few seconds. */
export function Toasts({ toasts }: { toasts: { id: number; words: string }[] }) {
	return (
		<output className="toasts">
			{toasts.map(({ id, words }) => (
				<span key={id} className="toast">
					{words}
				</span>
			))}
		</output>
	);
}
